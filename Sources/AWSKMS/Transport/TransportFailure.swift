import CCurl

/// Why an exchange ended without an answer.
enum TransportFailure: Error, Equatable {
    case cancelled
    /// No connection, hence nothing was asked of the KMS; with libcurl's reason.
    case notConnected(String)
    /// A proxy's status in place of a connection to the KMS.
    case refusedByProxy(status: Int)
    /// No whole answer in the time allowed; whether a connection stood.
    case timedOut(connected: Bool)
    /// The connection broke after the request had begun to leave.
    case broken(String)
    /// The server's certificate or TLS itself is at fault.
    case untrusted(String)
    /// What came back is no HTTP.
    case garbage
    /// The answer is longer than any of KMS.
    case tooLarge
    case secretMemory(String)
    /// libcurl refuses its settings, an unreadable CA bundle for example.
    case unusable(String)

    init(_ code: CURLcode, connected: Bool, verification: String?) {
        let reason = String(cString: curl_easy_strerror(code))
        self =
            switch code {
            case CURLE_OPERATION_TIMEDOUT: .timedOut(connected: connected)
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY,
                CURLE_INTERFACE_FAILED:
                .notConnected(reason)
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
                .untrusted(verification ?? reason)
            case CURLE_SSL_CONNECT_ERROR: .notConnected(reason)
            case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .garbage
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            case CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT, CURLE_OUT_OF_MEMORY, CURLE_SSL_CIPHER,
                CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
                .unusable(reason)
            default: .broken(reason)
            }
    }
}
