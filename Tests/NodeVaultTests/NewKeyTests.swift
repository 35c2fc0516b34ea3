import KeyManagement
import Testing

@testable import NodeVault

@Suite struct NewKeyTests {
    private static let quick = Backoff(initialDelay: .milliseconds(1), maxDelay: .milliseconds(4), maxRetries: 5)

    @Test func `a wrapper key that the KMS does not know yet is asked for until it does`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail(calls: 2...4, with: .notFound)
        let store = try await fixture.create(.quiet.with { $0.newKeyCheck = Self.quick })
        let expected: [KMSOperation] = [
            .createKey, .describeKey, .describeKey, .describeKey, .describeKey, .generateDataKey,
        ]
        #expect(Array(fixture.kms.calls.prefix(6)) == expected)
        #expect(try await store.signs(with: try await store.generate()))
    }

    @Test func `a wrapper key that never becomes known makes no vault, and is named`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail(calls: 2...20, with: .notFound)
        let error = await #expect(throws: VaultError.of("wrapper-key-not-found")) {
            try await fixture.create(.quiet.with { $0.newKeyCheck = Self.quick })
        }
        #expect(fixture.kms.calls == [.createKey] + [KMSOperation](repeating: .describeKey, count: 6))
        #expect(error?.hint?.contains("arn:aws:kms:") == true)
    }

    @Test func `the time for it is bounded, too`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail(calls: 2...2000, with: .notFound)
        let endless = Backoff(initialDelay: .milliseconds(10), maxDelay: .milliseconds(10))
        let options = KeyStoreOptions.quiet.with {
            $0.newKeyCheck = endless
            $0.newKeyTimeout = .milliseconds(300)
        }
        await #expect(throws: VaultError.of("wrapper-key-not-found")) { try await fixture.create(options) }
        // Not until the KMS would have known the key.
        #expect(fixture.kms.calls.count < 2000)
    }

    @Test func `another failure than a missing key is not asked again`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail(call: 2, with: .accessDenied)
        await #expect(throws: VaultError.of("access-denied")) {
            try await fixture.create(.quiet.with { $0.newKeyCheck = Self.quick })
        }
        #expect(fixture.kms.calls == [.createKey, .describeKey])
    }

    @Test func `a rewrap to a new wrapper key waits for it as well`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(.quiet.with { $0.newKeyCheck = Self.quick })
        fixture.kms.forgetCalls()
        fixture.kms.fail(calls: 2...3, with: .notFound)
        _ = try await store.rewrap(to: .newKey(WrapperKeyTemplate()))
        #expect(Array(fixture.kms.calls.prefix(4)) == [.createKey, .describeKey, .describeKey, .describeKey])
    }
}
