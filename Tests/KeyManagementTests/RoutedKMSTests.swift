import EnvelopeCrypto
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@Suite struct RoutedKMSTests {
    /// Refuses every call, by a message that tells it from others.
    private struct Remote: KMS {
        func endpoint(for key: WrapperKeyID?) -> String { "remote:" }

        private func refusal(_ operation: KMSOperation) -> KMSError {
            KMSError(.unavailable, operation: operation, message: "the remote one was asked")
        }

        func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
            throw refusal(.createKey)
        }

        func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription { throw refusal(.describeKey) }

        func generateDataKey(
            under key: WrapperKeyID, context: EncryptionContext
        ) async throws(KMSError) -> GeneratedDataKey { throw refusal(.generateDataKey) }

        func wrap(
            _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
        ) async throws(KMSError) -> WrapResponse { throw refusal(.encrypt) }

        func unwrap(
            _ wrapped: WrappedDataKey, context: EncryptionContext
        ) async throws(KMSError) -> UnwrapResponse { throw refusal(.decrypt) }

        func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
            source.region == destination.region
        }

        func rewrap(
            _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
        ) async throws(KMSError) -> RewrapResponse { throw refusal(.reEncrypt) }
    }

    private let fixture: LocalKMSFixture
    private let local: LocalKMS

    init() throws {
        fixture = try LocalKMSFixture()
        local = try fixture.open()
    }

    private func routed(_ preferred: RoutedKMS.Side) -> RoutedKMS {
        RoutedKMS(local: local, remote: Remote(), preferred: preferred)
    }

    private static func key(_ name: String) throws -> WrapperKeyID { try #require(WrapperKeyID(rawValue: name)) }

    private static func remoteKey(_ region: String = "eu-central-1") throws -> WrapperKeyID {
        try key("arn:aws:kms:\(region):111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    }

    private static func context() throws -> EncryptionContext {
        EncryptionContext(vault: try UUIDBytes.random(), key: try UUIDBytes.random(), use: .dataKey)
    }

    @Test(arguments: KMSConformance.all)
    func `with LocalKMS preferred it behaves as LocalKMS does`(_ check: KMSConformance) async throws {
        let local = local
        try await check.run(
            on: ConformanceSubject(
                kms: routed(.local), disable: { try local.disableKey($0) }, enable: { try local.enableKey($0) },
                scheduleDeletion: { try local.scheduleKeyDeletion($0) }))
    }

    @Test func `an ARN decides where a call goes, whichever is preferred`() async throws {
        let localKey = try await local.createKey(CreateKeyRequest(description: "a test's")).arn
        let remoteKey = try Self.remoteKey()
        for side in [RoutedKMS.Side.local, .remote] {
            let kms = routed(side)
            #expect(kms.endpoint(for: localKey) == "local:")
            #expect(kms.endpoint(for: remoteKey) == "remote:")
            #expect(try await kms.describeKey(localKey).arn == localKey)
            await #expect(throws: KMSError(.unavailable, operation: .describeKey, message: "")) {
                try await kms.describeKey(remoteKey)
            }
            let context = try Self.context()
            let generated = try await kms.generateDataKey(under: localKey, context: context)
            let opened = try await kms.unwrap(generated.wrapped, context: context)
            let isSame = opened.plaintext.isEqual(to: generated.plaintext)
            #expect(isSame)
        }
    }

    @Test func `what no ARN names is of the preferred one`() async throws {
        let bare = try Self.key("alias/nodes")
        #expect(routed(.local).endpoint(for: bare) == "local:")
        #expect(routed(.local).endpoint(for: nil) == "local:")
        #expect(routed(.remote).endpoint(for: bare) == "remote:")
        #expect(try await routed(.local).createKey(CreateKeyRequest(description: "a test's")).arn.isLocal)
        await #expect(throws: KMSError(.unavailable, operation: .createKey, message: "")) {
            try await routed(.remote).createKey(CreateKeyRequest(description: "a test's"))
        }
    }

    @Test func `a wrapping is replaced within one of the two only`() async throws {
        let kms = routed(.local)
        let localKey = try await local.createKey(CreateKeyRequest(description: "a test's")).arn
        let remoteKey = try Self.remoteKey()
        #expect(kms.canRewrap(from: localKey, to: localKey))
        #expect(kms.canRewrap(from: remoteKey, to: remoteKey))
        #expect(!kms.canRewrap(from: remoteKey, to: try Self.remoteKey("us-east-1")))
        #expect(!kms.canRewrap(from: localKey, to: remoteKey))
        #expect(!kms.canRewrap(from: remoteKey, to: localKey))
        let context = try Self.context()
        let wrapped = try await kms.generateDataKey(under: localKey, context: context).wrapped
        await #expect(throws: KMSError(.validation, operation: .reEncrypt, message: "")) {
            try await kms.rewrap(wrapped, to: remoteKey, context: context)
        }
    }
}
