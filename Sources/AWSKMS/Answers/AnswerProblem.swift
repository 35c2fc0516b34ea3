import KeyManagement

/// What a good answer has otherwise than it must.
enum AnswerProblem: Error {
    case wrong(String)
    case secretMemory(String)
}

extension AttemptFailure {
    /// An answer with status 200 that cannot be used.
    ///
    /// - Parameter advice: what to do where the endpoint is at fault, with what stands before it.
    init(
        _ problem: AnswerProblem, of operation: KMSOperation, at endpoint: Endpoint, in response: HTTPResponse,
        advice: String = "; check the endpoint"
    ) {
        let (code, message): (KMSError.Code, String) =
            switch problem {
            case .secretMemory(let reason): (.secretMemory, reason)
            case .wrong(let what):
                (.invalidResponse, "\(endpoint.url) answers \(operation.rawValue) with \(what)\(advice)")
            }
        self.init(
            KMSError(
                code, operation: operation, message: message, httpStatus: response.status,
                requestID: response.requestID ?? ""))
    }
}
