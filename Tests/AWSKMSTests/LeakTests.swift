import Glibc
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// What a process that prepared itself leaves of secrets. Each test has a process of its own.
@Suite(.serialized) struct LeakTests {
    private static let context = EncryptionContext(["nodevault:use": "data-key"])

    private static func base64(of secret: borrowing SecretBytes) throws -> SecretBox {
        var text = try SecretBytes(zeroedCount: Base64.encodedCount(secret.count))
        text.withUnsafeMutableBytes { target in
            secret.withExposedBytes { span in span.withUnsafeBytes { Base64.encode($0, into: target) } }
        }
        return SecretBox(text)
    }

    private static func prepare() throws {
        ProcessPreparation.run()
        try #require(AWSKMS.prepareProcess(), "libcurl allocates from ours")
    }

    @Test(arguments: [true, false])
    func `no copy of a plaintext is left beside the arena`(_ isEncrypted: Bool) async {
        await #expect(processExitsWith: .success) { [isEncrypted = isEncrypted as Bool] in
            try Self.prepare()
            try await Self.expectNoCopyOfPlaintext(overTLS: isEncrypted)
        }
    }

    @Test(arguments: [true, false])
    func `no copy of a plaintext is left even where the host set libcurl up before`(_ isEncrypted: Bool) async {
        await #expect(processExitsWith: .success) { [isEncrypted = isEncrypted as Bool] in
            ProcessPreparation.run()
            let setUp = unsafeBitCast(
                try #require(dlsym(nil, "curl_global_init")), to: (@convention(c) (Int) -> Int32).self)
            let everything = 3
            #expect(setUp(everything) == 0)
            #expect(!AWSKMS.prepareProcess())
            try await Self.expectNoCopyOfPlaintext(overTLS: isEncrypted)
        }
    }

    private static func expectNoCopyOfPlaintext(overTLS isEncrypted: Bool) async throws {
        let server = try StrictServer()
        var configuration = server.configuration()
        if !isEncrypted { configuration.endpointOverride = server.plainURL }
        let kms = try AWSKMS(configuration)
        let key = try await kms.createKey(CreateKeyRequest(description: "")).arn
        let plaintext = SecretBox(try SecretBytes.random(count: 48))
        let text = try base64(of: plaintext.secret)
        let wrapped = try await kms.wrap(plaintext.secret, under: key, context: context).wrapped
        #expect(MemoryScan.count(of: text) == 0, "after the request")
        let opened = try await kms.unwrap(wrapped, context: context)
        let isSame = opened.plaintext.isEqual(to: plaintext.secret)
        #expect(isSame)
        #expect(MemoryScan.count(of: plaintext) == 0)
        #expect(MemoryScan.count(of: text) == 0)
        try expectScannerWorks(text)
        withExtendedLifetime(kms) {}
    }

    @Test(arguments: ["throttle", "close", "hang"])
    func `no copy of a plaintext or a token is left by a call that failed`(_ fault: String) async {
        await #expect(processExitsWith: .success) { [fault = fault as String] in
            try Self.prepare()
            let server = try StrictServer()
            let made = try server.control("POST", "/session-tokens", ["accessKeyId": server.keys.id])
            let keys = (id: made["accessKeyId"] as? String ?? "", secret: "")
            try server.arm(fault, for: keys)
            let token = try Self.base64(of: try SecretBytes.random(count: 600))
            var configuration = server.configuration(timeouts: .init(attempt: .milliseconds(500)))
            configuration.credentials = Fixed(
                found: try AWSCredentials(
                    accessKeyID: keys.id, secretAccessKey: try Self.base64(of: try SecretBytes.random(count: 30)),
                    sessionToken: token, source: "a test"))
            let kms = try AWSKMS(configuration)
            let plaintext = SecretBox(try SecretBytes.random(count: 48))
            let text = try Self.base64(of: plaintext.secret)
            let key = try #require(WrapperKeyID(rawValue: "1234"))
            await #expect(throws: KMSError.self) {
                _ = try await kms.wrap(plaintext.secret, under: key, context: Self.context)
            }
            #expect(MemoryScan.count(of: text) == 0)
            #expect(MemoryScan.count(of: token) == 0)
            try Self.expectScannerWorks(text)
            withExtendedLifetime(kms) {}
        }
    }

    private static func expectScannerWorks(_ secret: SecretBox) throws {
        let copy = try #require(malloc(secret.secret.count))
        secret.secret.withExposedBytes { span in
            span.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: copy, count: $0.count).copyMemory(from: $0) }
        }
        #expect(MemoryScan.count(of: secret) == 1)
        explicit_bzero(copy, secret.secret.count)
        free(copy)
    }

    private struct Fixed: AWSCredentialsProvider {
        let found: AWSCredentials

        func credentials() async throws(AWSCredentialsError) -> AWSCredentials { found }
    }

    @Test func `SSLKEYLOGFILE gets no keys of a session`() async throws {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/nodevault-keylog-\(getpid())"
            defer { unlink(path) }
            setenv("SSLKEYLOGFILE", path, 1)
            let server = try StrictServer()
            _ = try await SampleCalls(on: server.kms())
            var status = stat()
            #expect(stat(path, &status) != 0 || status.st_size == 0)
        }
    }
}
