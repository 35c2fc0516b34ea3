import KMSAudit
import KeyManagement
import Logging
import SecretMemory
import Testing

@Suite struct CredentialCallTests {
    private static let answer = CredentialCallAnswer(
        accessKeyID: "ASIAIOSFODNN7EXAMPLE", expiryInSecondsSince1970: 1_700_000_000,
        requestID: "c6104cbe-af31-11e0-8154-cbc7ccf896c7")

    private func log(_ sink: any AuditSink) -> AuditLog {
        AuditLog(
            node: AuditFixture.node, sink: sink, isEnabled: true, onFailure: .refuse,
            warnings: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func call(_ operation: KMSOperation) -> CredentialCall {
        CredentialCall(
            operation: operation, role: "arn:aws:iam::111122223333:role/vault", sessionName: "node",
            endpoint: "https://sts.eu-central-1.amazonaws.com/")
    }

    @Test(arguments: [
        (KMSOperation.assumeRole, "RoleArn=arn:aws:iam::111122223333:role/vault, RoleSessionName=node"),
        (
            .assumeRoleWithWebIdentity,
            "RoleArn=arn:aws:iam::111122223333:role/vault, RoleSessionName=node, "
                + "WebIdentityToken=** Redacted web identity token placeholder **"
        ),
    ])
    func `a call has its lines in Canton's manner`(_ operation: KMSOperation, _ members: String) async throws {
        let sink = MemorySink()
        try await log(sink).audit(call(operation)) { Self.answer }
        let lines = sink.lines
        try #require(lines.count == 2)
        for line in lines { #expect(CantonLine.match(line.text) != nil, "\(line.text)") }
        let id = lines[0].requestID
        #expect(
            lines[0].message
                == "Sending request [\(id)]: \(operation.rawValue)Request(\(members)) to "
                + "https://sts.eu-central-1.amazonaws.com/")
        #expect(
            lines[1].message
                == "Received response [\(id)]: [Aws-Id: c6104cbe-af31-11e0-8154-cbc7ccf896c7] - "
                + "\(operation.rawValue)Response(AccessKeyId=ASIAIOSFODNN7EXAMPLE, "
                + "SecretAccessKey=** Redacted secret access key placeholder **, "
                + "SessionToken=** Redacted session token placeholder **, Expiration=1700000000)")
    }

    @Test func `a refusal names the service`() async throws {
        let sink = MemorySink()
        let refusal = KMSError(
            .accessDenied, operation: .assumeRole, message: "no", awsErrorType: "AccessDenied", httpStatus: 403)
        await #expect(throws: refusal) {
            try await log(sink).audit(call(.assumeRole)) { () async throws(KMSError) in throw refusal }
        }
        let line = try #require(sink.lines.last)
        #expect(line.level == .warn)
        #expect(line.message.contains("Operation: AssumeRole, Code: access-denied, Service: Sts, Status Code: 403"))
        #expect(CantonLine.match(line.text) != nil)
    }

    @Test(arguments: [(0, 0), (1, 1)])
    func `without its lines a call is not made, or its answer not used`(_ refused: Int, _ made: Int) async {
        let count = Lock(0)
        let error = await #expect(throws: KMSError.self) {
            try await log(MemorySink(refusing: [refused])).audit(call(.assumeRole)) {
                count.withLock { $0 += 1 }
                return Self.answer
            }
        }
        #expect(error?.code == .auditUnavailable && error?.operation == .assumeRole)
        #expect(count.withLock { $0 } == made)
    }
}
