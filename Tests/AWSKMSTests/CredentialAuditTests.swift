import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// No call to STS goes unseen.
@Suite(.serialized) struct CredentialAuditTests {
    private final class Auditor: CredentialCallAuditor {
        let lines = Lock([String]())
        let failsBefore: Bool
        let failsAfter: Bool
        let forgets: Bool

        init(failsBefore: Bool = false, failsAfter: Bool = false, forgets: Bool = false) {
            self.failsBefore = failsBefore
            self.failsAfter = failsAfter
            self.forgets = forgets
        }

        private func write(_ line: String, fails: Bool) throws(KMSError) {
            lines.withLock { $0.append(line) }
            guard fails else { return }
            throw KMSError(.auditUnavailable, operation: .assumeRole, message: "the disk is full")
        }

        func audit(
            _ call: CredentialCall, make: () async throws(KMSError) -> CredentialCallAnswer
        ) async throws(KMSError) {
            let name = "\(call.operation.rawValue) \(call.role) \(call.sessionName) \(call.endpoint)"
            try write("sending \(name)", fails: failsBefore)
            if forgets { return }
            do throws(KMSError) {
                let answer = try await make()
                try write("received \(answer.accessKeyID.prefix(4)) \(answer.requestID)", fails: failsAfter)
            } catch {
                try write("failed \(error.code)", fails: false)
                throw error
            }
        }
    }

    private static let services = Result { try CredentialServices() }
    private let services: CredentialServices

    init() throws {
        services = try Self.services.get()
        try services.reset()
        let role = "role_arn = arn:aws:iam::111122223333:role/r\nrole_session_name = s\nsource_profile = keys\n"
        try services.write("[default]\n\(role)[profile keys]\n\(services.keyLines)")
    }

    private func find(_ auditor: Auditor) async throws -> AWSCredentials {
        try await services.kms { $0.credentialAuditor = auditor }.credentials()
    }

    private var sending: String { "sending AssumeRole arn:aws:iam::111122223333:role/r s \(services.url)/" }

    @Test func `a call is told of before and after`() async throws {
        let auditor = Auditor()
        _ = try await find(auditor)
        #expect(
            auditor.lines.withLock { $0 } == [sending, "received ASIA c6104cbe-af31-11e0-8154-cbc7ccf896c7"])
    }

    @Test func `a failure is told of once, whatever the number of attempts`() async throws {
        try services.answer("/", ["status": 503], ["status": 403])
        let auditor = Auditor()
        await #expect(throws: KMSError.self) { try await find(auditor) }
        #expect(auditor.lines.withLock { $0 } == [sending, "failed \(KMSError.Code.invalidResponse)"])
    }

    @Test func `what cannot be told of beforehand is not asked`() async throws {
        let error = await #expect(throws: KMSError.self) { try await find(Auditor(failsBefore: true)) }
        #expect(error?.code == .auditUnavailable && error?.message == "the disk is full")
        #expect(try services.requests().isEmpty)
    }

    @Test func `what cannot be told of afterwards is not used`() async throws {
        let error = await #expect(throws: KMSError.self) { try await find(Auditor(failsAfter: true)) }
        #expect(error?.code == .auditUnavailable)
        #expect(try services.requests().count == 1)
    }

    @Test func `an auditor that does not make the call gets no credentials`() async throws {
        let error = await #expect(throws: KMSError.self) { try await find(Auditor(forgets: true)) }
        #expect(error?.code == .auditUnavailable)
        #expect(try services.requests().isEmpty)
    }
}
