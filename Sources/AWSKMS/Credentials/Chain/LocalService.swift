import SecretMemory

/// Asks the services that hand out credentials on this machine or beside it: never by a proxy, never redirected.
struct LocalService: Sendable {
    let transport: LazyTransport
    /// For one attempt.
    let timeout: Duration
    let attempts: Int
    /// Between two attempts.
    let pause: Duration

    /// An answer with status 200, or with another one that is final.
    ///
    /// - Parameter isFinal: whether an answer of that status will be the same again.
    /// - Throws: the last attempt's failure; nil for an answer that was not final.
    func ask(
        _ url: String, _ fields: [HTTPField], by method: HTTPRequest.Method = .get,
        until deadline: ContinuousClock.Instant, isFinal: (Int) -> Bool
    ) async throws(LocalServiceFailure) -> HTTPResponse {
        var attempt = 0
        while true {
            attempt += 1
            let failure: LocalServiceFailure
            do throws(LocalServiceFailure) {
                let response = try await once(method, url, fields, until: deadline)
                guard response.status != 200, !isFinal(response.status) else { return response }
                failure = .status(response.status)
            } catch { failure = error }
            let mayRepeat = attempt < attempts && .now + pause < deadline && failure != .exchange(.cancelled)
            guard mayRepeat, (try? await Task.sleep(for: pause)) != nil else { throw failure }
        }
    }

    private func once(
        _ method: HTTPRequest.Method, _ url: String, _ fields: [HTTPField], until deadline: ContinuousClock.Instant
    ) async throws(LocalServiceFailure) -> HTTPResponse {
        let left = min(timeout, deadline - .now)
        guard left > .zero else { throw .exchange(.timedOut(connected: false)) }
        let request: HTTPRequest
        do throws(SecretMemoryError) {
            request = try HTTPRequest(
                method, url: url, fields: fields, body: SecretBox(try SecretBytes(zeroedCount: 0)),
                connectTimeout: left, timeout: left, mayUseProxy: false)
        } catch { throw .exchange(.secretMemory(error.description)) }
        do throws(TransportFailure) { return try await transport.get().send(request) } catch {
            throw .exchange(error)
        }
    }
}

/// Why such a service gave no usable answer.
enum LocalServiceFailure: Error, Equatable {
    case exchange(TransportFailure)
    case status(Int)

    /// In a sentence: `did not answer in time`.
    var words: String {
        switch self {
        case .status(let status): "answers with HTTP status \(status)"
        case .exchange(.timedOut): "did not answer in time"
        case .exchange(.notConnected), .exchange(.refusedByProxy): "cannot be reached"
        case .exchange(.cancelled): "was asked in vain: the call was cancelled"
        case .exchange(.untrusted(let reason)): "is not trusted: \(reason)"
        case .exchange(.secretMemory(let reason)), .exchange(.unusable(let reason)): "cannot be asked: \(reason)"
        case .exchange(.broken), .exchange(.garbage), .exchange(.tooLarge): "does not answer in proper HTTP"
        }
    }
}
