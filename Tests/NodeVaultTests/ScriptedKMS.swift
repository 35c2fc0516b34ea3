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
        /// Descriptions are about a key of another region.
        case regionInDescriptions(String)
        /// Only answers of rewrapping are.
        case accountInRewrapping(String)
        /// Only what answers of rewrapping say of the wrapper key before is.
        case sourceInRewrapping(String)
        /// The unwrap of this number, counted from the calls that are remembered, answers 32 bytes of 0x5a.
        case plaintextOnce(unwrap: Int)
        /// Unwrapping answers that many bytes of 0x5a.
        case plaintext(count: Int)
    }

    private struct State: Sendable {
        var calls: [KMSOperation] = []
        var failures: [Int: KMSError.Code] = [:]
        var failing: Set<KMSOperation> = []
        var failingCode = KMSError.Code.unavailable
        var failingTimes: [KMSOperation: (times: Int, code: KMSError.Code)] = [:]
        var lie: Lie?
        var pause: Duration?

        mutating func fails(_ operation: KMSOperation) -> KMSError.Code? {
            guard let (times, code) = failingTimes[operation], times > 0 else { return nil }
            failingTimes[operation] = (times - 1, code)
            return code
        }
    }

    private let honest: any KMS
    private let state = Lock(State())

    init(_ honest: any KMS) { self.honest = honest }

    /// Every call so far, in order.
    var calls: [KMSOperation] { state.withLock { $0.calls } }

    func forgetCalls() { state.withLock { $0.calls = [] } }

    /// Makes the call of this number, counted from the next one as 1, fail before it reaches the KMS.
    func fail(call number: Int, with code: KMSError.Code = .unavailable) { fail(calls: number...number, with: code) }

    /// Makes the calls of these numbers fail so.
    func fail(calls numbers: ClosedRange<Int>, with code: KMSError.Code) {
        state.withLock { state in
            state.failures = Dictionary(uniqueKeysWithValues: numbers.map { (state.calls.count + $0, code) })
        }
    }

    /// Makes the next calls of an operation fail, that many of them.
    func fail(_ operation: KMSOperation, times: Int, with code: KMSError.Code) {
        state.withLock { $0.failingTimes[operation] = (times, code) }
    }

    /// Forgets what was to fail.
    func failNothing() {
        state.withLock { state in
            state.failures = [:]
            state.failing = []
            state.failingTimes = [:]
        }
    }

    /// Makes every call of these operations fail.
    func fail(_ operations: Set<KMSOperation>, with code: KMSError.Code = .unavailable) {
        state.withLock { state in
            state.failing = operations
            state.failingCode = code
        }
    }

    func tell(_ lie: Lie?) { state.withLock { $0.lie = lie } }

    /// Makes every call take at least this long.
    func slowDown(by pause: Duration?) { state.withLock { $0.pause = pause } }

    func endpoint(for key: WrapperKeyID?) -> String { honest.endpoint(for: key) }

    func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
        honest.canRewrap(from: source, to: destination)
    }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await begin(.createKey)
        return described(try await honest.createKey(request))
    }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await begin(.describeKey)
        if case .regionInDescriptions(let region) = state.withLock({ $0.lie }) {
            return described(try await honest.describeKey(key.moved(from: ":\(region):", to: ":local:")))
        }
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
        guard let count = lyingCount else {
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
            wrapped: answered(answer.wrapped, isRewrapped: true),
            sourceWrapperKey: answeredSource(answer.sourceWrapperKey),
            sourceKeyMaterialID: answer.sourceKeyMaterialID, requestID: answer.requestID)
    }

    /// How many bytes the unwrap that was just begun answers falsely.
    private var lyingCount: Int? {
        state.withLock { state in
            switch state.lie {
            case .plaintext(let count): count
            case .plaintextOnce(let number) where state.calls.count(where: { $0 == .decrypt }) == number: 32
            default: nil
            }
        }
    }

    private func begin(_ operation: KMSOperation) async throws(KMSError) {
        let (failure, pause) = state.withLock { state in
            state.calls.append(operation)
            let failure =
                state.failures.removeValue(forKey: state.calls.count)
                ?? (state.failing.contains(operation) ? state.failingCode : nil) ?? state.fails(operation)
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
        var arn = honest.arn
        if let account = foreignAccount { arn = arn.moved(from: LocalKMS.account, to: account) }
        if case .regionInDescriptions(let region) = state.withLock({ $0.lie }) {
            arn = arn.moved(from: ":local:", to: ":\(region):")
        }
        return KeyDescription(
            arn: arn, state: honest.state, keySpec: honest.keySpec, keyUsage: honest.keyUsage,
            currentKeyMaterialID: honest.currentKeyMaterialID, requestID: honest.requestID)
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

    private func answeredSource(_ key: WrapperKeyID) -> WrapperKeyID {
        guard case .sourceInRewrapping(let account) = state.withLock({ $0.lie }) else { return key }
        return key.moved(from: LocalKMS.account, to: account)
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
