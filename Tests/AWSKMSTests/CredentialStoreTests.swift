import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// When a provider is asked, and how long callers wait for it.
@Suite struct CredentialStoreTests {
    /// Answers what it is told to, once it may.
    private final class Provider: AWSCredentialsProvider {
        struct Step: Sendable {
            /// Seconds that the credentials hold; nil for a failure.
            var lifetime: Int?
            var waits = false
            var outlivesExpiry = false
        }

        private let steps: Lock<[Step]>
        private let asked = Lock(0)
        private let isOpen = Lock(false)

        init(_ steps: Step...) { self.steps = Lock(steps) }

        var questions: Int { asked.withLock { $0 } }

        /// Lets the questions that wait, and all later ones, be answered.
        func open() { isOpen.withLock { $0 = true } }

        func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            let step = steps.withLock { steps in steps.count > 1 ? steps.removeFirst() : steps.first }
            while step?.waits == true, !isOpen.withLock({ $0 }), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
            }
            guard let lifetime = step?.lifetime else { throw AWSCredentialsError("no answer", isRetryable: true) }
            do {
                let secret = SecretBox(try SecretBytes(copying: Array("s".utf8).span.bytes))
                return try AWSCredentials(
                    accessKeyID: "AKIA\(number)", secretAccessKey: secret, sessionToken: nil,
                    expiryInSecondsSince1970: SigningTime.now(offsetInSeconds: lifetime).secondsSince1970,
                    outlivesExpiry: step?.outlivesExpiry ?? false, source: "a test")
            } catch { throw AWSCredentialsError("\(error)") }
        }
    }

    /// A clock that the test sets.
    private let later = Lock(Duration.zero)
    private let start = ContinuousClock.now
    private static let never = ContinuousClock.now + .seconds(3600)

    private func store(_ provider: Provider) -> CredentialStore {
        CredentialStore(provider) { [later, start] in start + later.withLock { $0 } }
    }

    private func pass(_ seconds: Int) { later.withLock { $0 += .seconds(seconds) } }

    private func key(_ store: CredentialStore) async throws -> String {
        try await store.current(until: Self.never).accessKeyID
    }

    /// Waits until the store has credentials of that number.
    private func replaced(_ store: CredentialStore, by expected: String) async throws -> Bool {
        for _ in 0..<2000 {
            if try await key(store) == expected { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test func `any number of callers ask once`() async throws {
        let provider = Provider(.init(lifetime: 3600, waits: true))
        let store = store(provider)
        let found = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { try? await store.current(until: Self.never).accessKeyID } }
            provider.open()
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(found == ["AKIA1"])
        _ = try await key(store)
        #expect(provider.questions == 1)
    }

    @Test func `ahead of their end credentials are replaced while they are used`() async throws {
        let provider = Provider(.init(lifetime: 3600), .init(lifetime: 7200, waits: true))
        let store = store(provider)
        for _ in 0..<2 {
            #expect(try await key(store) == "AKIA1")
            pass(3600 - 1130)
            #expect(try await key(store) == "AKIA1" && provider.questions == 1)
            later.withLock { $0 = .zero }
        }
        pass(3600 - 670)
        // Nobody waits for the new ones, which do not come yet.
        for _ in 0..<10 { #expect(try await key(store) == "AKIA1") }
        provider.open()
        #expect(try await replaced(store, by: "AKIA2"))
        #expect(provider.questions == 2)
    }

    @Test func `a provider that fails ahead of the end is asked again after a pause only`() async throws {
        let provider = Provider(.init(lifetime: 3600), .init(), .init(lifetime: 3600))
        let store = store(provider)
        _ = try await key(store)
        pass(3600 - 30)
        // So shortly before the end it is waited for; what is there counts while it is good.
        for _ in 0..<5 { #expect(try await key(store) == "AKIA1") }
        #expect(provider.questions == 2)
        pass(29)
        #expect(try await key(store) == "AKIA1")
        #expect(provider.questions == 2, "half a minute at least")
        pass(32)
        #expect(try await key(store) == "AKIA3")
    }

    @Test func `a provider that fails at the end is heard`() async throws {
        let provider = Provider(.init(lifetime: 3600), .init())
        let store = store(provider)
        _ = try await key(store)
        pass(3600)
        let error = await #expect(throws: AWSCredentialsError.self) { try await key(store) }
        #expect(error?.description == "no answer" && error?.isRetryable == true)
    }

    @Test func `an instance's credentials are used beyond their end while there are no others`() async throws {
        let provider = Provider(.init(lifetime: -60, outlivesExpiry: true), .init(), .init(lifetime: 3600))
        let store = store(provider)
        for _ in 0..<5 { #expect(try await key(store) == "AKIA1") }
        #expect(provider.questions == 1, "it is not asked again at once")
        pass(61)
        #expect(try await key(store) == "AKIA1", "nobody waits")
        while provider.questions < 2 { try await Task.sleep(for: .milliseconds(5)) }
        pass(61)
        #expect(try await replaced(store, by: "AKIA3"))
    }

    @Test(arguments: [100, 0, -1000])
    func `a caller waits no longer than it may, and the answer is there for the next`(_ milliseconds: Int) async throws
    {
        let provider = Provider(.init(lifetime: 3600, waits: true))
        let store = store(provider)
        let error = await #expect(throws: AWSCredentialsError.self) {
            try await store.current(until: .now + .milliseconds(milliseconds))
        }
        #expect(error?.code == .timedOut && error?.isRetryable == true)
        provider.open()
        #expect(try await key(store) == "AKIA1")
        #expect(provider.questions == 1)
    }

    @Test func `a caller that is cancelled goes, and the others stay`() async throws {
        let provider = Provider(.init(lifetime: 3600, waits: true))
        let store = store(provider)
        let cancelled = Task { try await store.current(until: Self.never) }
        let other = Task { try await store.current(until: Self.never) }
        cancelled.cancel()
        let error = await #expect(throws: AWSCredentialsError.self) { try await cancelled.value }
        #expect(error?.code == .cancelled)
        provider.open()
        #expect(try await other.value.accessKeyID == "AKIA1")
        #expect(provider.questions == 1)
    }

    @Test func `a moment that is too far away for the runtime is one`() async throws {
        let store = CredentialStore(Provider(.init(lifetime: 3600)))
        let far = ContinuousClock.now + .seconds(Int64.max / 2) + .seconds(Int64.max / 2) + .seconds(Int64.max / 2)
        #expect(try await store.current(until: far).accessKeyID == "AKIA1")
    }

    @Test func `times of replacement lie ahead of the end, each a little elsewhere`() throws {
        let now = 1_000_000
        let clock = ContinuousClock.now
        func ahead(_ lifetime: Int, _ jitter: Double) throws -> (refresh: Duration, mandatory: Duration) {
            let credentials = try AWSCredentials(
                accessKeyID: "A", secretAccessKey: SecretBox(try SecretBytes(copying: Array("s".utf8).span.bytes)),
                expiryInSecondsSince1970: now + lifetime, source: "a test")
            let times = try #require(RefreshTimes(credentials, jitter: jitter, now: now, on: clock))
            #expect(times.end == clock + .seconds(lifetime))
            return (times.end - times.refresh, times.end - times.mandatory)
        }
        #expect(try ahead(3600, 0) == (.seconds(675), .seconds(60)))
        #expect(try ahead(3600, 1) == (.seconds(1125), .seconds(60)))
        #expect(try ahead(60, 0.5) == (.seconds(30), .seconds(6)))
    }
}
