import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// What holds for a call whatever its kind: how often it is asked, how long it may take, how it is given up.
@Suite(.timeLimit(.minutes(1))) struct CallTests {
    private static let server = Result { try StrictServer() }
    private static let calls = Task { try await SampleCalls(on: server.get().kms()) }

    @Test func `a new key is asked for once, even on a kept connection that ends without an answer`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let kms = try server.kms(keys)
        let calls = try await Self.calls.value
        try await calls.make(.describeKey, on: kms)
        try server.arm("close", ["operation": "CreateKey", "executes": true, "times": 1], for: keys)
        let error = try #require(await calls.failure(of: .createKey, on: kms))
        #expect(error.code == .unavailable)
        #expect(error.message.hasSuffix("; the key may have been made, so look for it before trying again"))
        #expect(try server.requestCounts(of: keys)["CreateKey"] == 1)
    }

    @Test func `an answer to CreateKey that cannot be read leaves the doubt whether there is a key`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("missing", for: keys)
        let error = try #require(await Self.calls.value.failure(of: .createKey, on: try server.kms(keys)))
        #expect(error.message.contains("the key may have been made"))
    }

    @Test func `a new key of another region than was asked for is refused, and named as a doubt`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let metadata = [
            "Arn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
        ]
        try server.arm("set", ["members": ["KeyMetadata": metadata]], for: keys)
        let error = try #require(await Self.calls.value.failure(of: .createKey, on: try server.kms(keys)))
        #expect(error.code == .invalidResponse)
        #expect(error.message.contains("a key of another region; the key may have been made"))
    }

    @Test(arguments: [
        ("LimitExceededException", KMSOperation.createKey, KMSError.Code.validation, "ask AWS for a higher quota"),
        ("UnknownOperationException", .decrypt, .invalidResponse, "does not know Decrypt; check that a KMS answers"),
    ])
    func `a refusal that trying again does not mend is told with what does`(
        _ type: String, _ operation: KMSOperation, _ code: KMSError.Code, _ advice: String
    ) async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("error", ["code": type, "status": 400], for: keys)
        let error = try #require(await Self.calls.value.failure(of: operation, on: try server.kms(keys)))
        #expect(error.code == code && !error.isRetryable)
        #expect(error.message.contains(advice), "\(error.message)")
        #expect(try server.requestCounts(of: keys)[operation.rawValue] == 1)
    }

    @Test func `a kept connection that has ended is replaced`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let kms = try server.kms(keys)
        let calls = try await Self.calls.value
        try await calls.make(.decrypt, on: kms)
        try server.arm("close", ["times": 1], for: keys)
        try await calls.make(.decrypt, on: kms)
    }

    @Test func `no call takes longer than the operation timeout`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("hang", for: keys)
        let kms = try server.kms(keys, timeouts: .init(attempt: .seconds(30), operation: .milliseconds(700)))
        let calls = try await Self.calls.value
        for operation in [KMSOperation.decrypt, .createKey] {
            let start = ContinuousClock.now
            let error = try #require(await calls.failure(of: operation, on: kms))
            #expect(error.code == .timedOut && error.isRetryable)
            #expect((.milliseconds(600)...(.seconds(20))).contains(.now - start))
        }
    }

    @Test func `a pause that would reach past the deadline is not begun`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("throttle", for: keys)
        var configuration = server.configuration(keys, timeouts: .init(operation: .seconds(30)))
        configuration.retries = Backoff(initialDelay: .seconds(10_000_000), maxDelay: .seconds(10_000_000))
        let calls = try await Self.calls.value
        let error = try #require(await calls.failure(of: .decrypt, on: try AWSKMS(configuration)))
        #expect(error.code == .throttled && error.isRetryable)
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 1)
    }

    @Test(arguments: ["hang", "drip"])
    func `a cancelled call ends at once`(_ fault: String) async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm(fault, for: keys)
        let kms = try server.kms(keys, timeouts: .init(attempt: .seconds(50)))
        let calls = try await Self.calls.value
        let call = Task { await calls.failure(of: .decrypt, on: kms) }
        while try server.requests(of: keys).isEmpty { await Task.yield() }
        let start = ContinuousClock.now
        call.cancel()
        #expect(await call.value?.code == .cancelled)
        #expect(.now - start < .seconds(20))
    }

    @Test func `a call that is cancelled in a pause ends at once`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("throttle", for: keys)
        var configuration = server.configuration(keys, timeouts: .init(operation: .seconds(100_000)))
        configuration.retries = Backoff(initialDelay: .seconds(50_000), maxDelay: .seconds(50_000))
        let kms = try AWSKMS(configuration)
        let calls = try await Self.calls.value
        let call = Task { await calls.failure(of: .decrypt, on: kms) }
        while try server.requests(of: keys).isEmpty { await Task.yield() }
        call.cancel()
        #expect(await call.value?.code == .cancelled)
    }

    @Test func `a call of a task that is cancelled already is not sent`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let kms = try server.kms(keys)
        let calls = try await Self.calls.value
        let call = Task {
            while !Task.isCancelled { await Task.yield() }
            return await calls.failure(of: .decrypt, on: kms)
        }
        call.cancel()
        #expect(await call.value?.code == .cancelled)
        #expect(try server.requests(of: keys).isEmpty)
    }

    @Test func `bounds that are none are refused`() throws {
        let server = try Self.server.get()
        for timeouts in [
            AWSKMSConfiguration.Timeouts(connect: .zero), .init(attempt: .seconds(-1)), .init(operation: .zero),
        ] {
            #expect(throws: KMSError(.validation, operation: .describeKey, message: "")) {
                try server.kms(timeouts: timeouts)
            }
        }
    }

    @Test func `bounds beyond all measure do no harm`() async throws {
        let longest = Duration.seconds(Int64.max)
        let kms = try Self.server.get().kms(timeouts: .init(connect: longest, attempt: longest, operation: longest))
        try await Self.calls.value.make(.decrypt, on: kms)
    }

    @Test func `a ciphertext is not rewrapped into another region`() async throws {
        let calls = try await Self.calls.value
        let name = calls.key.rawValue.replacing("us-east-1", with: "us-west-2")
        let other = try #require(WrapperKeyID(rawValue: name))
        let kms = try Self.server.get().kms()
        #expect(!kms.canRewrap(from: calls.key, to: other) && kms.canRewrap(from: calls.key, to: calls.key))
        let error = try #require(
            await SampleCalls(key: other, wrapped: calls.wrapped).failure(of: .reEncrypt, on: kms))
        #expect(error.code == .validation)
        #expect(error.message.hasSuffix("which are in two regions; choose a wrapper key in the same region"))
    }
}
