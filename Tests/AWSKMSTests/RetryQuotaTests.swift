import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// What trying again may cost, and how long an answer may ask to wait.
@Suite struct RetryQuotaTests {
    @Test func `a client's attempts are bounded, and what went through gives back`() {
        let quota = RetryQuota()
        #expect(quota.available == 500)
        #expect((0..<50).allSatisfy { _ in quota.take(afterTimeout: true) == 10 })
        #expect(quota.take(afterTimeout: false) == nil && quota.available == 0)
        quota.giveBack(10)
        quota.giveBack(nil)
        #expect(quota.available == 11)
        #expect(quota.take(afterTimeout: false) == 5)
        for _ in 0..<1000 { quota.giveBack(nil) }
        #expect(quota.available == 500)
    }

    @Test func `where nothing answers calls end sooner`() async throws {
        let server = try StrictServer()
        let keys = try server.newKeys()
        let calls = try await SampleCalls(on: server.kms())
        try server.arm("throttle", for: keys)
        var configuration = server.configuration(keys)
        configuration.retries = Backoff(initialDelay: .microseconds(1), maxDelay: .microseconds(1))
        let kms = try AWSKMS(configuration)
        #expect(await calls.failure(of: .decrypt, on: kms)?.code == .throttled)
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 101, "500 by 5 each")
        #expect(await calls.failure(of: .decrypt, on: kms)?.code == .throttled)
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 102)
    }

    @Test(
        arguments: [
            (100, nil, 100), (100, 50, 100), (100, 3000, 3000), (100, 60_000, 5100), (9000, 10_000, 10_000),
        ] as [(Int, Int?, Int)])
    func `an answer may ask for a longer pause, not for any`(_ own: Int, _ asked: Int?, _ pause: Int) {
        let result = RetryPacer.pause(.milliseconds(own), asked: asked.map { .milliseconds($0) })
        #expect(result == .milliseconds(pause))
    }

    @Test(
        arguments: [
            ([:], nil), (["retry-after": "2"], 2000), (["x-amz-retry-after": "1500"], 1500),
            (["retry-after": "9", "x-amz-retry-after": "1"], 1), (["retry-after": "-1"], nil),
            (["retry-after": "1.5"], nil),
            (["retry-after": "9999999999"], nil), (["x-amz-retry-after": "soon", "retry-after": "3"], 3000),
            (["retry-after": "Tue, 24 Nov 2026 00:25:49 GMT", "date": "Tue, 24 Nov 2026 00:25:45 GMT"], 4000),
            (["retry-after": "Tue, 24 Nov 2026 00:25:40 GMT", "date": "Tue, 24 Nov 2026 00:25:45 GMT"], 0),
            (["retry-after": "Tue, 24 Nov 2026 00:25:40 GMT"], nil),
        ] as [([String: String], Int?)])
    func `the fields that ask for a pause are read`(_ fields: [String: String], _ milliseconds: Int?) throws {
        let response = HTTPResponse(status: 503, fields: fields, body: try SecretBytes(zeroedCount: 0))
        #expect(response.retryAfter == milliseconds.map { .milliseconds($0) })
    }

    @Test func `a pause that is asked for is kept`() async throws {
        let services = try CredentialServices()
        try services.folder.write(Array("a.b.c".utf8), to: "token")
        let headers = ["x-amz-retry-after": "1200", "Retry-After": "9"]
        try services.answer("/", ["status": 503, "headers": headers])
        let start = ContinuousClock.now
        _ = try await services.find([
            "AWS_WEB_IDENTITY_TOKEN_FILE": services.folder.file("token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        ])
        #expect(.now - start >= .milliseconds(1200), "longer than any pause of our own at first")
    }

    @Test func `what botocore tries again, we try again`() async throws {
        let types = [
            "", "ThrottlingException", "Throttling", "SlowDown", "RequestLimitExceeded", "PriorRequestNotComplete",
            "EC2ThrottledException", "TransactionInProgressException", "ProvisionedThroughputExceededException",
            "RequestTimeout", "RequestTimeoutException", "BandwidthLimitExceeded", "LimitExceededException",
            "TooManyRequestsException", "RequestThrottled", "RequestThrottledException", "ThrottledException",
            "AccessDeniedException", "ValidationException", "NotFoundException", "DisabledException",
            "KMSInvalidStateException", "InvalidCiphertextException", "ExpiredTokenException", "IncorrectKeyException",
        ]
        let cases = types.flatMap { type in
            [400, 403, 404, 500, 501, 502, 503, 504, 505].map { (type: type, status: $0) }
        }
        let orders: [[String: any Sendable]] = cases.map { ["code": $0.type, "status": $0.status] }
        let theirs = try #require(try await ChildServer.run("classify_errors.py", on: orders) as? [Bool])
        for (one, isRepeated) in zip(cases, theirs) {
            let ours = ErrorClass(one.type)
            let isOurs =
                ours == .throttling || ours == .transient || ErrorClass.isTransient(status: one.status)
            #expect(isOurs == isRepeated, "\(one)")
        }
        #expect(theirs.contains(true) && theirs.contains(false))
    }
}
