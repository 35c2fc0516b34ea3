import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct STSAnswerTests {
    private static let members = [
        "<AccessKeyId>ASIA1</AccessKeyId>", "<SecretAccessKey>a/b+&#99;&amp;</SecretAccessKey>",
        "<SessionToken>t==</SessionToken>", "<Expiration>2099-01-01T00:00:00Z</Expiration>",
    ]

    private func read(
        _ credentials: String, in name: String = "AssumeRole", of operation: KMSOperation = .assumeRole,
        root: String? = nil
    ) throws -> AWSCredentials {
        let root = root ?? name + "Response"
        let text =
            "<\(root)><\(name)Result><Credentials>\(credentials)</Credentials></\(name)Result></\(root)>"
        let body = try SecretBytes(copying: Array(text.utf8).span.bytes)
        return try STSAnswer.credentials(in: body, of: operation, source: "a test")
    }

    @Test func `credentials are read, whatever their order`() throws {
        for members in [Self.members, Self.members.reversed()] {
            let found = try read(members.joined(separator: "\n"))
            #expect(found.accessKeyID == "ASIA1" && found.secretAccessKey.text == "a/b+c&")
            #expect(found.sessionToken?.text == "t==" && found.expiryInSecondsSince1970 == 4_070_908_800)
            #expect(!found.outlivesExpiry)
        }
        let name = "AssumeRoleWithWebIdentity"
        #expect(
            try read(Self.members.joined(), in: name, of: .assumeRoleWithWebIdentity).accessKeyID == "ASIA1")
    }

    @Test func `an answer to another call is refused`() {
        #expect(throws: AnswerProblem.self) {
            try read(Self.members.joined(), in: "AssumeRoleWithWebIdentity", of: .assumeRole)
        }
        #expect(throws: AnswerProblem.self) { try read(Self.members.joined(), in: "GetSessionToken") }
        #expect(throws: AnswerProblem.self) { try read(Self.members.joined(), root: "ErrorResponse") }
    }

    @Test(arguments: 0..<4)
    func `each member is needed, once and as text`(_ index: Int) {
        var members = Self.members
        let member = members.remove(at: index)
        #expect(throws: AnswerProblem.self) { try read(members.joined()) }
        #expect(throws: AnswerProblem.self) { try read(Self.members.joined() + member) }
        let name = member.prefix { $0 != ">" }.dropFirst()
        for content in ["", "<x/>", "\n", "é"] {
            let broken = "<\(name)>\(content)</\(name)>"
            #expect(throws: AnswerProblem.self) { try read((members + [broken]).joined()) }
        }
    }
}
