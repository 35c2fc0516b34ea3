import EnvelopeCrypto
import KeyManagement
import SecretMemory

/// A KMS that counts calls, fails at chosen ones, and can be made to lie.
final class ScriptedKMS: KMS {
    /// What is told falsely.
    enum Lie: Sendable {
        /// Every answer is about a key of another account.
        case account(String)
        /// Only descriptions are.
        case accountInDescriptions(String)
        /// Only answers of rewrapping are.
        case accountInRewrapping(String)
        /// Unwrapping answers that many bytes of 0x5a.
        case plaintext(count: Int)
    }

    private struct State: Sendable {
        var calls: [KMSOperation] = []
        var failures: [Int: KMSError.Code] = [:]
        var failing: Set<KMSOperation> = []
        var lie: Lie?
        var pause: Duration?
    }

    private let honest: any KMS
    private let state = Lock(State())

    init(_ honest: any KMS) { self.honest = honest }

    /// Every call so far, in order.
    var calls: [KMSOperation] { state.withLock { $0.calls } }

    func forgetCalls() { state.withLock { $0.calls = [] } }

    /// Makes the call of this number, counted from the next one as 1, fail before it reaches the KMS.
    func fail(call number: Int, with code: KMSError.Code = .unavailable) {
        state.withLock { $0.failures = [$0.calls.count + number: code] }
    }

    /// Makes every call of these operations fail.
    func fail(_ operations: Set<KMSOperation>) { state.withLock { $0.failing = operations } }

    func tell(_ lie: Lie?) { state.withLock { $0.lie = lie } }

    /// Makes every call take at least this long.
    func slowDown(by pause: Duration?) { state.withLock { $0.pause = pause } }

    func endpoint(for key: WrapperKeyID?) -> String { honest.endpoint(for: key) }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await begin(.createKey)
        return described(try await honest.createKey(request))
    }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await begin(.describeKey)
        return described(
            try await honest.describeKey(foreignAccount.map { key.moved(from: $0, to: LocalKMS.account) } ?? key))
    }

    func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await begin(.generateDataKey)
        let answer = try await honest.generateDataKey(under: key, context: context)
        let (wrapped, requestID) = (answered(answer.wrapped), answer.requestID)
        return GeneratedDataKey(plaintext: answer.takePlaintext(), wrapped: wrapped, requestID: requestID)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try await begin(.encrypt)
        let answer = try await honest.wrap(plaintext, under: key, context: context)
        return WrapResponse(wrapped: answered(answer.wrapped), requestID: answer.requestID)
    }

    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse {
        try await begin(.decrypt)
        let answer = try await honest.unwrap(wrapped, context: context)
        let (key, material, requestID) = (answered(answer.wrapperKey), answer.keyMaterialID, answer.requestID)
        guard case .plaintext(let count) = state.withLock({ $0.lie }) else {
            return UnwrapResponse(
                plaintext: answer.takePlaintext(), wrapperKey: key, keyMaterialID: material, requestID: requestID)
        }
        let lie: SecretBytes
        do { lie = try SecretBytes(copying: [UInt8](repeating: 0x5a, count: count).span.bytes) } catch {
            throw KMSError(.secretMemory, operation: .decrypt, message: "\(error)")
        }
        return UnwrapResponse(plaintext: lie, wrapperKey: key, keyMaterialID: material, requestID: requestID)
    }

    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        try await begin(.reEncrypt)
        let answer = try await honest.rewrap(wrapped, to: destination, context: context)
        return RewrapResponse(
            wrapped: answered(answer.wrapped, isRewrapped: true), sourceWrapperKey: answer.sourceWrapperKey,
            sourceKeyMaterialID: answer.sourceKeyMaterialID, requestID: answer.requestID)
    }

    private func begin(_ operation: KMSOperation) async throws(KMSError) {
        let (failure, pause) = state.withLock { state in
            state.calls.append(operation)
            let failure =
                state.failures.removeValue(forKey: state.calls.count)
                ?? (state.failing.contains(operation) ? .unavailable : nil)
            return (failure, state.pause)
        }
        if let pause { try? await Task.sleep(for: pause) }
        if let failure {
            throw KMSError(failure, operation: operation, message: "the test's KMS fails here", isRetryable: true)
        }
    }

    /// The account that descriptions tell.
    private var foreignAccount: String? {
        switch state.withLock({ $0.lie }) {
        case .account(let other), .accountInDescriptions(let other): other
        default: nil
        }
    }

    private func described(_ honest: KeyDescription) -> KeyDescription {
        guard let account = foreignAccount else { return honest }
        return KeyDescription(
            arn: honest.arn.moved(from: LocalKMS.account, to: account), state: honest.state, keySpec: honest.keySpec,
            keyUsage: honest.keyUsage, currentKeyMaterialID: honest.currentKeyMaterialID, requestID: honest.requestID)
    }

    private func answered(_ key: WrapperKeyID, isRewrapped: Bool = false) -> WrapperKeyID {
        let other: String
        switch state.withLock({ $0.lie }) {
        case .account(let account): other = account
        case .accountInRewrapping(let account) where isRewrapped: other = account
        default: return key
        }
        return key.moved(from: LocalKMS.account, to: other)
    }

    private func answered(_ wrapped: WrappedDataKey, isRewrapped: Bool = false) -> WrappedDataKey {
        WrappedDataKey(
            ciphertext: wrapped.ciphertext, wrapperKey: answered(wrapped.wrapperKey, isRewrapped: isRewrapped),
            keyMaterialID: wrapped.keyMaterialID)
    }
}

extension WrapperKeyID {
    /// The same ARN in another account.
    func moved(from account: String, to other: String) -> WrapperKeyID {
        WrapperKeyID(rawValue: rawValue.replacing(account, with: other)) ?? self
    }
}
