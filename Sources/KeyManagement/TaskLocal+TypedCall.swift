extension TaskLocal {
    /// Makes a call with a value set for its task. `withValue` takes copyable results and untyped errors only.
    package func during<Answer: ~Copyable, Failure: Error>(
        _ value: Value, _ call: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        var result: Result<Answer, Failure>?
        await withValue(value) {
            do throws(Failure) { result = .success(try await call()) } catch { result = .failure(error) }
        }
        switch consume result {
        case .some(let result): return try result.get()
        case nil: preconditionFailure("the call was not made")
        }
    }
}
