import HOCON
import KMSConformance
import Testing

@testable import NodeVault

@Suite struct ConfigurationCheckTests {
    @Test func `everything that is wrong is told at once, by line`() throws {
        let fixture = try ConfigurationFixture(
            """
            canton.participants.p.crypto {
              kms.type = aws
              kms.timeouts.connect = 0s
              kms.retries.failures.max-retries = -1
              kms.endpoint-override = "no host"
              kms.custom-tags { "aws:x" = 1 }
              kms.disable-ssl-verification = yes
              private-key-store.encryption.type = aes
              private-key-store.encryption.trusted-accounts = [12]
              private-key-store.encryption.reverted = true
              private-key-store.cache.max-age = 5 parsecs
              private-key-store.cache.arena-size = 8 GiB
              privat-key-store.x = 1
              key-file = ${MISSING}
            }
            canton.sequencers.s.crypto.kms { type = gcp, location-id = us-east1 }
            """)
        let check = fixture.check()
        #expect(!check.isPassed && check.nodes.map(\.name) == ["p", "s"])
        #expect(check.problems.allSatisfy { $0.severity == .error && !$0.hint.isEmpty })
        #expect(check.problems.map { $0.origin?.line } == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16])
        #expect(check.problems[0].message.contains("kms.region is missing"))
        #expect(check.problems[11].hint == "did you mean private-key-store?")
        #expect(check.problems[12].message.contains("${MISSING}"))
        #expect(check.problems[13].message.contains("gcp") && check.problems[13].hint == "use aws or local")
    }

    @Test func `a sound configuration has nothing wrong, and warnings do not count`() throws {
        let fixture = try ConfigurationFixture(crypto: "provider = kms")
        let check = fixture.check()
        #expect(check.isPassed && check.problems.map(\.severity) == [.warning])
        #expect(try fixture.load().warnings == check.problems)
    }

    @Test func `loading tells the first error, and how many more there are`() throws {
        let fixture = try ConfigurationFixture(crypto: "x = 1", "y = 2", "kms.key-fil = 3")
        let error = #expect(throws: VaultError.of(.configuration)) { try fixture.load() }
        #expect(error?.message == "\(fixture.file):4:1: crypto.x is not known to this version")
        #expect(error?.hint == "remove it; nodevault config check shows 2 more")
    }

    @Test func `each file and override that does not parse is told`() throws {
        let folder = try TemporaryFolder()
        let first = try ConfigurationFixture("a = {", folder: folder)
        try folder.write(Array("b = [1".utf8), to: "second.conf")
        try folder.write(Array("c = ${x.y}".utf8), to: "third.conf")
        let check = ConfigurationCheck(
            files: [first.file, folder.file("second.conf"), folder.file("third.conf"), folder.file("missing.conf")],
            overrides: ["d = ["])
        #expect(
            check.problems.map { $0.origin?.description }
                == [
                    folder.file("missing.conf"), "\(first.file):1", "override d", "\(folder.file("second.conf")):1",
                ].sorted())
    }

    @Test func `one mistake in a section that nodes share is told once`() throws {
        let fixture = try ConfigurationFixture(
            """
            canton.participants.a.crypto = ${shared}
            canton.participants.b.crypto = ${shared}
            shared.kms.type = azure
            """)
        #expect(fixture.check().problems.count == 1)
        #expect(fixture.check(node: NodeName("participants.b")).nodes.map(\.name) == ["b"])
    }

    @Test(arguments: [
        ("kms.timeouts.connect = 1s", "kms.region"), ("kms.endpoint-override = \"https://h\"", "kms.region"),
        ("kms.retries.failures.max-retries = 1", "kms.region"),
        ("kms.disable-ssl-verification = no", "kms.region"),
    ])
    func `a key of AWS KMS where only LocalKMS is configured is an error`(_ line: String, _ hint: String) throws {
        let problems = try ConfigurationFixture(crypto: line).check().problems
        #expect(problems.count == 1 && problems.first?.hint.contains(hint) == true)
        #expect(try ConfigurationFixture(crypto: line, "kms.region = eu-west-1").check().isPassed)
    }

    @Test(arguments: ["kms.passphrase-file = p", "kms.machine-key-file = p"])
    func `a key of LocalKMS where only AWS KMS is configured is an error`(_ line: String) throws {
        let aws = "kms { type = aws, region = eu-west-1 }"
        let problems = try ConfigurationFixture(crypto: aws, line).check().problems
        #expect(problems.count == 1 && problems.first?.hint.contains("kms.key-file") == true)
        #expect(try ConfigurationFixture(crypto: aws, line, "kms.key-file = k").check().isPassed)
    }

    @Test(arguments: [
        ("kms.key-file = \"\"", "kms.key-file is empty"), ("kms.region = \"eu central\"", "no region"),
        ("kms.key-file { a = 1 }", "expected a string"), ("kms.custom-tags = [1]", "expected an object"),
        ("private-key-store.storage = 5", "expected an object"),
        ("private-key-store.encryption.wrapper-key-id = \"\"", "no key id"),
        ("kms.passphrase-file = a, kms.machine-key-file = b", "a passphrase-file and a machine-key-file"),
        ("kms = null", "encryption needs a KMS"), ("kms.type = null", "kms has no type"),
        ("private-key-store.encryption.type = null, private-key-store.encryption.reverted = no", "has no type"),
    ])
    func `a value that cannot be is told`(_ lines: String, _ words: String) throws {
        let problems = try ConfigurationFixture(crypto: lines).check().problems
        #expect(problems.contains { $0.message.contains(words) }, "\(problems)")
    }
}
