import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import KeyManagement

@Suite struct LocalKMSFileTests {
    @Test(arguments: LocalKMSFixture.Sealing.allCases)
    func `what was made is found when the file is opened again`(_ sealing: LocalKMSFixture.Sealing) async throws {
        let fixture = try LocalKMSFixture(sealing)
        let first = try fixture.open()
        let key = try await first.createKey(
            CreateKeyRequest(description: "naïve ☃", tags: ["b": "2", "a": ""], isMultiRegion: true)
        ).arn
        try first.createAlias(WrapperKeyID("alias/main"), for: key)
        try first.disableKey(try await first.makeKey("the second"))
        let made = try await first.generateDataKey(under: key, context: .sample)

        let second = try fixture.open()
        let opened = try await second.unwrap(made.wrapped, context: .sample)
        let isSame = opened.plaintext.isEqual(to: made.plaintext)
        #expect(isSame)
        #expect(try await second.describeKey(WrapperKeyID("alias/main")).arn == key)
        let keys = try await second.currentKeyring().keys
        #expect(keys.count == 2)
        #expect(keys.values.map(\.description).sorted() == ["naïve ☃", "the second"])
        #expect(keys.values.first { $0.isMultiRegion }?.tags == ["a": "", "b": "2"])
        #expect(keys.values.first { !$0.isMultiRegion }?.state == .disabled)
    }

    @Test func `the files are readable by their owner alone`() async throws {
        let fixture = try LocalKMSFixture()
        _ = try await fixture.open().makeKey()
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).sorted()
        #expect(names == ["kms", "kms.lock", "kms.machine-key", "kms.machine-key.lock"])
        for name in names {
            let mode = try FileManager.default.attributesOfItem(atPath: fixture.folder.file(name))[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
    }

    @Test(arguments: LocalKMSFixture.Sealing.allCases)
    func `a flipped bit anywhere is a clear error`(_ sealing: LocalKMSFixture.Sealing) async throws {
        let fixture = try LocalKMSFixture(sealing)
        _ = try await fixture.open().makeKey()
        let whole = try fixture.folder.read("kms")
        let afterSeal: KMSError.Code = sealing == .passphrase ? .wrongPassphrase : .damagedFile
        for index in whole.indices {
            for bit in index < KeyFileHeader.sizeInBytes ? Array(0..<8) : [index % 8] {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                try fixture.folder.write(damaged, to: "kms")
                let error = try #require(try fixture.refusal(), "byte \(index), bit \(bit)")
                switch index {
                case ..<15: #expect(error.code == .damagedFile)
                case ..<24: #expect([afterSeal, .damagedFile].contains(error.code))
                default: #expect(error.code == afterSeal || sealing == .machineKey && error.code == .damagedFile)
                }
                #expect(error.operation == .openKeyFile)
            }
        }
        try fixture.folder.write(whole, to: "kms")
        #expect(try fixture.refusal() == nil)
    }

    @Test(arguments: LocalKMSFixture.Sealing.allCases)
    func `a file that ends too early or too late does not open`(_ sealing: LocalKMSFixture.Sealing) async throws {
        let fixture = try LocalKMSFixture(sealing)
        _ = try await fixture.open().makeKey()
        let whole = try fixture.folder.read("kms")
        for bytes in whole.indices.map({ Array(whole[..<$0]) }) + [whole + [0]] {
            try fixture.folder.write(bytes, to: "kms")
            let error = try #require(try fixture.refusal(), "\(bytes.count) bytes")
            #expect([.damagedFile, .wrongPassphrase].contains(error.code))
        }
    }

    @Test func `a wrong passphrase is refused, and the message admits the other reading`() async throws {
        let fixture = try LocalKMSFixture(.passphrase)
        _ = try fixture.open()
        let error = try #require(try fixture.refusal(passphrase: "correct house"))
        #expect(error.code == .wrongPassphrase)
        #expect(error.message.contains("damaged"))
        #expect(try fixture.refusal(passphrase: "")?.code == .validation)
        #expect(try fixture.refusal() == nil)
    }

    @Test func `a file sealed one way does not open the other way, and the message says which it is`() async throws {
        let sealed = try LocalKMSFixture(.passphrase)
        _ = try sealed.open()
        let byMachine = #expect(throws: KMSError.self) {
            _ = try LocalKMS.open(at: sealed.path, protection: .machineKey(nil), createIfMissing: true)
        }
        #expect(byMachine?.code == .validation)
        #expect(byMachine?.message.contains("is sealed by a passphrase") == true)

        let keyed = try LocalKMSFixture(.machineKey)
        _ = try keyed.open()
        let byPassphrase = #expect(throws: KMSError.self) {
            _ = try LocalKMS.open(at: keyed.path, protection: .passphrase(SecretBytes.random(count: 8)))
        }
        #expect(byPassphrase?.code == .validation)
        #expect(byPassphrase?.message.contains("is sealed by a machine key") == true)
    }

    @Test func `a header cannot ask for more memory or time than is bearable`() throws {
        let fixture = try LocalKMSFixture(.passphrase)
        _ = try fixture.open()
        let whole = try fixture.folder.read("kms")
        for (offset, bytes) in [(15, [63]), (15, [21]), (16, [0xff, 0xff, 0xff, 0xff]), (20, [0, 0, 1, 0])] {
            var greedy = whole
            greedy.replaceSubrange(offset..<offset + bytes.count, with: bytes.map(UInt8.init))
            try fixture.folder.write(greedy, to: "kms")
            let error = try #require(try fixture.refusal())
            #expect(error.code == .damagedFile)
            // The message of the header's check, which comes before scrypt.
            #expect(error.message.contains("header is malformed"))
        }
    }

    @Test func `another machine key, a short one and a missing one are refused`() async throws {
        let fixture = try LocalKMSFixture()
        _ = try fixture.open()
        try fixture.folder.write(Array(repeating: 7, count: 32), to: "kms.machine-key")
        #expect(try fixture.refusal()?.code == .damagedFile)
        try fixture.folder.write(Array(repeating: 7, count: 31), to: "kms.machine-key")
        #expect(try fixture.refusal()?.code == .damagedFile)
        try FileManager.default.removeItem(atPath: fixture.folder.file("kms.machine-key"))
        #expect(try fixture.refusal()?.code == .missingFile)
        #expect(throws: KMSError.self) { _ = try fixture.open() }
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.file("kms.machine-key")))
    }

    @Test func `other things than key files are refused`() throws {
        let fixture = try LocalKMSFixture()
        #expect(try fixture.refusal()?.code == .missingFile)
        for content in ["", "SQLite format 3", "nodevault-kms", String(repeating: "\0", count: 4096)] {
            try fixture.folder.write(Array(content.utf8), to: "kms")
            #expect(try fixture.refusal()?.code == .damagedFile)
        }
        try fixture.folder.write(Array("nodevault-kms".utf8) + [UInt8](repeating: 1, count: 1 << 20), to: "kms")
        #expect(try fixture.refusal()?.message.contains("1 MiB") == true)
        try FileManager.default.removeItem(atPath: fixture.path)
        try FileManager.default.createDirectory(atPath: fixture.path, withIntermediateDirectories: false)
        #expect(try fixture.refusal() != nil)
        try FileManager.default.removeItem(atPath: fixture.path)
        try FileManager.default.createSymbolicLink(atPath: fixture.path, withDestinationPath: "/etc/passwd")
        #expect(try fixture.refusal()?.message.contains("symbolic link") == true)
        try FileManager.default.removeItem(atPath: fixture.path)
        #expect(mkfifo(fixture.path, 0o600) == 0)
        #expect(try fixture.refusal()?.message.contains("not a regular file") == true)
    }

    @Test func `a missing folder is a missing file`() throws {
        let error = #expect(throws: KMSError.self) {
            _ = try LocalKMS.open(at: "/nonexistent/kms", protection: .machineKey(nil), createIfMissing: true)
        }
        #expect(error?.code == .missingFile)
    }

    @Test(arguments: ["kms", "kms.machine-key"], [0o644, 0o640, 0o602])
    func `a file that others can use is refused`(_ name: String, _ mode: mode_t) throws {
        let fixture = try LocalKMSFixture()
        _ = try fixture.open()
        #expect(chmod(fixture.folder.file(name), mode) == 0)
        let error = try #require(try fixture.refusal())
        #expect(error.code == .fileAccess)
        #expect(error.message.contains("chmod 600"))
        #expect(chmod(fixture.folder.file(name), 0o600) == 0)
        #expect(try fixture.refusal() == nil)
    }

    @Test func `a file of another user is refused`() throws {
        let fixture = try LocalKMSFixture()
        if geteuid() == 0 {
            _ = try fixture.open()
            #expect(chown(fixture.path, 4711, 4711) == 0)
            #expect(try fixture.refusal()?.code == .fileAccess)
            #expect(try fixture.refusal(owner: FileOwner(user: 4712, group: 4712))?.code == .fileAccess)
        } else {
            let error = #expect(throws: KMSError.self) {
                _ = try LocalKMS.open(at: "/etc/passwd", protection: .machineKey(nil))
            }
            #expect(error?.code == .fileAccess)
        }
    }

    @Test func `files that root makes belong to the given owner, and stay so`() async throws {
        let fixture = try LocalKMSFixture()
        // Without root the caller is the only owner there can be.
        let owner = geteuid() == 0 ? FileOwner(user: 4711, group: 4712) : FileOwner(user: geteuid(), group: getegid())
        let kms = try LocalKMS.open(at: fixture.path, protection: .machineKey(nil), owner: owner, createIfMissing: true)
        _ = try await kms.makeKey()
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) {
            let found = try FileManager.default.attributesOfItem(atPath: fixture.folder.file(name))
            #expect(found[.ownerAccountID] as? Int == Int(owner.user), "\(name)")
            #expect(found[.groupOwnerAccountID] as? Int == Int(owner.group), "\(name)")
        }
        #expect(try fixture.refusal(owner: owner) == nil)
    }
}
