import KMSConformance
import SecretMemory
import Testing

@testable import KeyManagement

@Suite struct LocalKMSManagementTests {
    private let fixture: LocalKMSFixture
    private let kms: LocalKMS

    init() throws {
        fixture = try LocalKMSFixture()
        kms = try fixture.open()
    }

    // MARK: Names

    @Test func `a key is taken by id, key ARN, alias name and alias ARN, and its ARN is answered`() async throws {
        let key = try await kms.makeKey()
        try kms.createAlias(WrapperKeyID("alias/a/b_c-1"), for: key)
        let id = try #require(key.keyID)
        for name in [id, key.rawValue, "alias/a/b_c-1", "arn:aws:kms:local:000000000000:alias/a/b_c-1"] {
            let name = try #require(WrapperKeyID(rawValue: name))
            #expect(try await kms.describeKey(name).arn == key)
            #expect(try await kms.generateDataKey(under: name, context: .sample).wrapped.wrapperKey == key)
        }
    }

    @Test(arguments: [
        "alias/absent", "arn:aws:kms:local:000000000000:alias/absent", "arn:aws:kms:local:000000000000:key/absent",
        "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000", "absent",
    ])
    func `a name that the file does not have is not found`(_ name: String) async throws {
        let name = try #require(WrapperKeyID(rawValue: name))
        let error = await #expect(throws: KMSError.self) { try await kms.describeKey(name) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains(fixture.path) == true)
    }

    @Test func `what lies under another vault's key is not found, and the message says where to look`() async throws {
        let another = try LocalKMSFixture()
        let other = try another.open()
        let wrapped = try await other.generateDataKey(under: try await other.makeKey(), context: .sample).wrapped
        let error = await #expect(throws: KMSError.self) { _ = try await kms.unwrap(wrapped, context: .sample) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("another vault") == true)
    }

    // MARK: Aliases

    @Test func `an alias pointed at another key leaves old wrappings under the old key`() async throws {
        let alias = WrapperKeyID("alias/main")
        let (old, new) = (try await kms.makeKey(), try await kms.makeKey())
        try kms.createAlias(alias, for: old)
        let wrapped = try await kms.generateDataKey(under: alias, context: .sample).wrapped
        try kms.updateAlias(alias, to: new)
        #expect(try await kms.describeKey(alias).arn == new)
        #expect(try await kms.unwrap(wrapped, context: .sample).wrapperKey == old)
        #expect(try await kms.generateDataKey(under: alias, context: .sample).wrapped.wrapperKey == new)
        let byAlias = WrappedDataKey(ciphertext: wrapped.ciphertext, wrapperKey: alias, keyMaterialID: nil)
        await #expect(throws: KMSError(.incorrectKey, operation: .decrypt, message: "")) {
            _ = try await kms.unwrap(byAlias, context: .sample)
        }
        try kms.deleteAlias(alias)
        await #expect(throws: KMSError(.notFound, operation: .describeKey, message: "")) {
            try await kms.describeKey(alias)
        }
        #expect(try await kms.describeKey(new).state == .enabled)
    }

    @Test func `an alias is made once, and neither changed nor deleted before it is made`() async throws {
        let alias = WrapperKeyID("alias/main")
        let key = try await kms.makeKey()
        #expect(throws: KMSError(.notFound, operation: .updateAlias, message: "")) {
            try kms.updateAlias(alias, to: key)
        }
        #expect(throws: KMSError(.notFound, operation: .deleteAlias, message: "")) { try kms.deleteAlias(alias) }
        try kms.createAlias(alias, for: key)
        let error = #expect(throws: KMSError.self) { try kms.createAlias(alias, for: key) }
        #expect(error?.awsErrorType == "AlreadyExistsException")
        #expect(error?.operation == .createAlias)
    }

    @Test(arguments: ["main", "alias/a.b", "alias/aws/ebs", "alias/" + String(repeating: "a", count: 251)])
    func `a name that is no alias is refused`(_ name: String) async throws {
        let name = try #require(WrapperKeyID(rawValue: name))
        let key = try await kms.makeKey()
        let error = #expect(throws: KMSError.self) { try kms.createAlias(name, for: key) }
        #expect(error?.awsErrorType == "InvalidAliasNameException")
    }

    @Test func `an alias points at keys, not at aliases or at keys that wait for their deletion`() async throws {
        let key = try await kms.makeKey()
        try kms.createAlias(WrapperKeyID("alias/a"), for: key)
        #expect(throws: KMSError(.notFound, operation: .createAlias, message: "")) {
            try kms.createAlias(WrapperKeyID("alias/b"), for: WrapperKeyID("alias/a"))
        }
        try kms.scheduleKeyDeletion(key)
        #expect(throws: KMSError(.invalidState, operation: .createAlias, message: "")) {
            try kms.createAlias(WrapperKeyID("alias/b"), for: key)
        }
    }

    // MARK: States

    @Test func `a key that waits for its deletion can only be kept, and is disabled then`() async throws {
        let key = try await kms.makeKey()
        #expect(throws: KMSError(.invalidState, operation: .cancelKeyDeletion, message: "")) {
            try kms.cancelKeyDeletion(key)
        }
        try kms.scheduleKeyDeletion(key)
        for change in [kms.enableKey, kms.disableKey, kms.rotateKeyOnDemand, { try kms.scheduleKeyDeletion($0) }] {
            let error = #expect(throws: KMSError.self) { try change(key) }
            #expect(error?.awsErrorType == "KMSInvalidStateException")
        }
        try kms.cancelKeyDeletion(key)
        #expect(try await kms.describeKey(key).state == .disabled)
        try kms.enableKey(key)
        _ = try await kms.generateDataKey(under: key, context: .sample)
    }

    @Test(arguments: [6, 31, 0, -1]) func `a key waits 7 to 30 days`(_ days: Int) async throws {
        let key = try await kms.makeKey()
        #expect(throws: KMSError(.validation, operation: .scheduleKeyDeletion, message: "")) {
            try kms.scheduleKeyDeletion(key, pendingWindowInDays: days)
        }
        #expect(try await kms.describeKey(key).state == .enabled)
    }

    @Test func `a key is gone when its waiting time is over, with its aliases and for good`() async throws {
        let key = try await kms.makeKey()
        try kms.createAlias(WrapperKeyID("alias/doomed"), for: key)
        try kms.scheduleKeyDeletion(key, pendingWindowInDays: 7)
        #expect(try await fixture.open(now: .now.adding(days: 6)).describeKey(key).state == .pendingDeletion)
        let later = try fixture.open(now: .now.adding(days: 8))
        for name in [key, WrapperKeyID("alias/doomed")] {
            await #expect(throws: KMSError(.notFound, operation: .describeKey, message: "")) {
                try await later.describeKey(name)
            }
        }
        _ = try await later.makeKey()
        // With the clock set back it stays gone: the write above has dropped it.
        await #expect(throws: KMSError(.notFound, operation: .describeKey, message: "")) {
            try await kms.describeKey(key)
        }
    }

    // MARK: Key material

    @Test func `after a rotation old wrappings open, and new ones get the new material`() async throws {
        let key = try await kms.makeKey()
        let before = try await kms.generateDataKey(under: key, context: .sample)
        try kms.rotateKeyOnDemand(key)
        let after = try await kms.generateDataKey(under: key, context: .sample)
        #expect(before.wrapped.keyMaterialID != after.wrapped.keyMaterialID)
        #expect(try await kms.describeKey(key).currentKeyMaterialID == after.wrapped.keyMaterialID)
        let opened = try await fixture.open().unwrap(before.wrapped, context: .sample)
        let isSame = opened.plaintext.isEqual(to: before.plaintext)
        #expect(isSame)
        #expect(opened.keyMaterialID == before.wrapped.keyMaterialID)

        let moved = try await kms.rewrap(before.wrapped, to: key, context: .sample)
        #expect(moved.sourceKeyMaterialID == before.wrapped.keyMaterialID)
        #expect(moved.wrapped.keyMaterialID == after.wrapped.keyMaterialID)
    }

    @Test func `a key is rotated 25 times and no more, and not while it is disabled`() async throws {
        let key = try await kms.makeKey()
        try kms.disableKey(key)
        #expect(throws: KMSError(.disabled, operation: .rotateKeyOnDemand, message: "")) {
            try kms.rotateKeyOnDemand(key)
        }
        try kms.enableKey(key)
        for _ in 0..<25 { try kms.rotateKeyOnDemand(key) }
        let error = #expect(throws: KMSError.self) { try kms.rotateKeyOnDemand(key) }
        #expect(error?.awsErrorType == "LimitExceededException")
        #expect(try fixture.refusal() == nil)
    }

    // MARK: Labels

    @Test func `labels within AWS's bounds are taken`() async throws {
        let value = String(repeating: "v", count: 256)
        let tags = Dictionary(uniqueKeysWithValues: (0..<50).map { ("tag \($0) Grüße_.:/=+-@", value) })
        _ = try await kms.createKey(
            CreateKeyRequest(description: String(repeating: "d", count: 8192), tags: tags))
    }

    @Test(arguments: [
        ["": "v"], ["aws:x": "v"], ["AWS:x": "v"], ["line\nbreak": "v"], ["t": "nul\u{0}"], ["t": "a,b"],
        [String(repeating: "t", count: 129): ""], ["t": String(repeating: "v", count: 257)],
        Dictionary(uniqueKeysWithValues: (0..<51).map { ("t\($0)", "") }),
    ])
    func `tags beyond AWS's bounds are refused`(_ tags: [String: String]) async throws {
        let error = await #expect(throws: KMSError.self) {
            try await kms.createKey(CreateKeyRequest(description: "", tags: tags))
        }
        #expect(error?.awsErrorType == "TagException")
    }

    @Test func `a description of 8193 characters is refused`() async throws {
        await #expect(throws: KMSError(.validation, operation: .createKey, message: "")) {
            try await kms.createKey(CreateKeyRequest(description: String(repeating: "d", count: 8193)))
        }
    }

    @Test func `a file does not grow beyond 1 MiB, and stays as it was when it would`() async throws {
        let request = CreateKeyRequest(description: String(repeating: "☃", count: 8192))
        var count = 0
        let error = await #expect(throws: KMSError.self) {
            while true {
                _ = try await kms.createKey(request)
                count += 1
            }
        }
        #expect(error?.awsErrorType == "LimitExceededException")
        #expect(try await fixture.open().currentKeyring().keys.count == count)
    }
}
