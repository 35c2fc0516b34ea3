import CCurl
import COpenSSL
import SecretMemory

/// One exchange: its easy handle, and the functions that libcurl calls for it.
///
/// Belongs to the loop's thread from its start to its end.
final class CurlTransfer {
    let easy: UnsafeMutableRawPointer
    let ticket: CurlTicket
    private let request: HTTPRequest
    private let continuation: CheckedContinuation<Result<HTTPResponse, TransportFailure>, Never>
    private var sink = ResponseSink()
    private var sent = 0
    /// libcurl's upload buffer, which holds the body, and behind a short one what is left of the request's fields.
    private var uploadBuffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var failure: TransportFailure?

    /// Nil when libcurl has no memory left.
    init?(_ start: CurlStart) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        ticket = start.ticket
        request = start.request
        continuation = start.continuation
    }

    deinit { curl_easy_cleanup(easy) }

    /// Sets the handle up. False when libcurl refuses a setting.
    func configure(_ settings: TransportSettings) -> Bool {
        let flags: [(CURLoption, Int)] = [
            (request.method == .get ? CURLOPT_HTTPGET : CURLOPT_POST, 1), (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            // An exchange that is given up while its host is looked up must not hold up the others.
            (CURLOPT_QUICK_EXIT, 1),
            // libcurl sends a request again, unasked, where a kept connection ends without an answer.
            (CURLOPT_FRESH_CONNECT, request.isSentOnce ? 1 : 0),
            (CURLOPT_UPLOAD_BUFFERSIZE, 16_384), (CURLOPT_SSL_VERIFYPEER, settings.verifiesServer ? 1 : 0),
            (CURLOPT_SSL_VERIFYHOST, settings.verifiesServer ? 2 : 0),
            (CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds),
            (CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds),
        ]
        var isGood = flags.allSatisfy { nodevault_curl_set_number(easy, $0.0, $0.1) == CURLE_OK }
        isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_URL, request.url) == CURLE_OK
        isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
        if request.method == .put {
            isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, "PUT") == CURLE_OK
        }
        if !request.mayUseProxy {
            // Empty: none, whatever the environment's variables name.
            isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_PROXY, "") == CURLE_OK
        }
        // It would make a POST of a GET.
        if request.method != .get {
            let size = curl_off_t(request.body.secret.count)
            isGood = isGood && nodevault_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, size) == CURLE_OK
        }
        isGood =
            isGood
            && nodevault_curl_set_size(
                easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(ResponseSink.maximumBodySizeInBytes)) == CURLE_OK
        isGood = isGood && nodevault_curl_set_headers(easy, request.fields.first) == CURLE_OK
        isGood = isGood && nodevault_curl_harden_tls(easy) == CURLE_OK
        isGood = isGood && nodevault_curl_keep_sockets(easy) == CURLE_OK
        if let bundle = settings.caBundle {
            // In place of the system's certificates, not beside them.
            isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_CAPATH, nil) == CURLE_OK
            isGood = isGood && nodevault_curl_set_text(easy, CURLOPT_CAINFO, bundle) == CURLE_OK
        }
        return isGood && setCallbacks()
    }

    private func setCallbacks() -> Bool {
        nodevault_curl_set_callbacks(
            easy, Unmanaged.passUnretained(self).toOpaque(),
            { buffer, size, count, context in
                CurlTransfer.of(context)?.read(UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
            },
            { context, offset, origin in CurlTransfer.of(context)?.seek(to: Int(offset), origin) ?? 1 },
            { buffer, size, count, context in
                CurlTransfer.of(context)?.header(UnsafeRawBufferPointer(start: buffer, count: size * count)) ?? 0
            },
            { buffer, size, count, context in
                CurlTransfer.of(context)?.write(UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
            }) == CURLE_OK
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, request.body.secret.count - sent)
        guard count > 0 else { return 0 }
        request.body.secret.withExposedBytes { span in
            span.withUnsafeBytes { body in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: body[sent..<sent + count]))
            }
        }
        sent += count
        if uploadBuffer.isEmpty { uploadBuffer = buffer }
        return count
    }

    /// libcurl begins anew on another connection when a kept one turns out to be dead.
    private func seek(to offset: Int, _ origin: Int32) -> Int32 {
        guard origin == SEEK_SET, (0...request.body.secret.count).contains(offset) else { return 1 }
        sent = offset
        uploadBuffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        return 0
    }

    private func header(_ line: UnsafeRawBufferPointer) -> Int {
        if sent == request.body.secret.count {
            // The body has left, and libcurl's buffer lives until the exchange ends, which is after the last line.
            OPENSSL_cleanse(uploadBuffer.baseAddress, uploadBuffer.count)
            uploadBuffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        do throws(TransportFailure) {
            try sink.addLine(line)
            return line.count
        } catch {
            failure = error
            return 0
        }
    }

    private func write(_ piece: UnsafeMutableRawBufferPointer) -> Int {
        defer { OPENSSL_cleanse(piece.baseAddress, piece.count) }
        do throws(TransportFailure) {
            try sink.addBody(UnsafeRawBufferPointer(piece))
            return piece.count
        } catch {
            failure = error
            return 0
        }
    }

    /// Hands the outcome to the caller who waits for it.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else {
            let refusal = proxyRefusal.map(TransportFailure.refusedByProxy)
            return end(
                .failure(
                    failure ?? refusal
                        ?? TransportFailure(code, connected: isConnected, verification: verification)))
        }
        guard sink.areFieldsComplete else { return end(.failure(.broken("the answer ended within its fields"))) }
        var status = 0
        nodevault_curl_get_number(easy, CURLINFO_RESPONSE_CODE, &status)
        do throws(TransportFailure) {
            end(.success(try sink.finish(status: status)))
        } catch { end(.failure(error)) }
    }

    /// Ends without an outcome of libcurl's.
    func end(_ result: Result<HTTPResponse, TransportFailure>) { continuation.resume(returning: result) }

    /// Whether the request could begin to leave: what a proxy is asked for before that is no part of it.
    private var isConnected: Bool {
        var microseconds: curl_off_t = 0
        nodevault_curl_get_time(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds > 0
    }

    /// The status of a proxy that did not let the connection through.
    private var proxyRefusal: Int? {
        var status = 0
        nodevault_curl_get_number(easy, CURLINFO_HTTP_CONNECTCODE, &status)
        return status == 0 || (200...299).contains(status) ? nil : status
    }

    /// What OpenSSL found wrong with the certificate.
    private var verification: String? {
        var result = 0
        nodevault_curl_get_number(easy, CURLINFO_SSL_VERIFYRESULT, &result)
        return result == 0 ? nil : String(cString: X509_verify_cert_error_string(result))
    }
}

extension Duration {
    /// In milliseconds, at least 1: libcurl takes 0 for no bound.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(clamping: min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
