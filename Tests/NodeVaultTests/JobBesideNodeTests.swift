import KMSAudit
import KeyManagement
import NodeKeys
import SecretMemory
import Testing

@testable import NodeVault

/// Jobs beside a node that signs, makes, renames and deletes keys in several tasks: it sees no error.
@Suite(.serialized) struct JobBesideNodeTests {
    /// What the tasks of a node do until they are told to stop.
    private struct Node: Sendable {
        let store: KeyStore
        let kept: [StoredKey]
        let isStopped = SharedFlag()

        func run() -> Task<Int, any Error> {
            Task {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for task in 0..<3 { group.addTask { try await sign(task) } }
                    group.addTask { try await makeAndDelete() }
                    group.addTask { try await rename() }
                    return try await group.reduce(0, +)
                }
            }
        }

        private func sign(_ task: Int) async throws -> Int {
            var count = 0
            while !isStopped.isSet {
                #expect(try await store.signs(with: kept[(count + task) % kept.count]))
                count += 1
                // Most uses find the key at hand; some must read and unwrap.
                if count.isMultiple(of: 40) { store.purge() }
            }
            return count
        }

        private func makeAndDelete() async throws -> Int {
            var count = 0
            while !isStopped.isSet {
                let made = try await store.generate()
                #expect(try await store.signs(with: made))
                try await store.deleteKey(made.keyID)
                count += 1
            }
            return count
        }

        private func rename() async throws -> Int {
            var count = 0
            while !isStopped.isSet {
                _ = try await store.renameKey(kept[count % kept.count].keyID, to: "name \(count)")
                count += 1
            }
            return count
        }
    }

    private final class SharedFlag: Sendable {
        private let state = Lock(false)
        var isSet: Bool { state.withLock(\.self) }
        func set() { state.withLock { $0 = true } }
    }

    @Test(arguments: [false, true])
    func `a node sees no error while its vault is rewrapped and rotated`(isOneProcess: Bool) async throws {
        let fixture = try Fixture()
        let options = KeyStoreOptions.quiet.with { $0.maxRecordsPerDataKey = 8 }
        let store = try await fixture.create(options)
        var keys: [StoredKey] = []
        for _ in 0..<40 { keys.append(try await store.generate()) }
        let old = try await store.census()
        let node = Node(store: store, kept: keys)
        let work = node.run()
        // As the command does it: another connection, its own caches.
        let worker = isOneProcess ? store : try await fixture.open(options)
        for round in 0..<3 {
            let target = try await fixture.makeWrapperKey()
            let wrapperKey = try await worker.census().wrapperKey
            #expect(try await worker.rewrap(to: .key(target)).target == target)
            _ = try await worker.rotateDataKeys()
            // Nothing needs the wrapper key that was left, whatever was under way.
            if let left = wrapperKey.flatMap(WrapperKeyID.init(rawValue:)), round > 0 {
                try fixture.local.disableKey(left)
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        node.isStopped.set()
        #expect(try await work.value > 50)
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
        let census = try await store.census()
        #expect(census.records == 40 && Set(census.dataKeys.map(\.id)).isDisjoint(with: old.dataKeys.map(\.id)))
        #expect(Set(census.dataKeys.map(\.wrapperKey)) == [census.wrapperKey])
        #expect(try await store.verify(deep: true).isPassed)
    }

    /// A store in the middle of an unwrap while another one rotates.
    private static func meeting(
        _ isFailing: Bool, _ use: @escaping @Sendable (KeyStore, StoredKey) async throws -> Void
    ) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate(name: "before")
        let second = try await KeyStore.open(
            at: fixture.path, kms: AuditedKMS(fixture.local, writingTo: fixture.sink), options: .quiet)
        store.purge()
        fixture.kms.forgetCalls()
        fixture.kms.slowDown(by: .seconds(2))
        if isFailing { fixture.kms.fail(call: 1) }
        async let used: Void = use(store, key)
        #expect(await eventually { fixture.kms.calls == [.decrypt] })
        #expect(try await second.rotateDataKeys().done == 1)
        fixture.kms.slowDown(by: nil)
        try await used
        #expect(try await second.signs(with: key))
        #expect(try await second.verify(deep: true).isPassed)
    }

    @Test func `a key whose record moves while it is opened is opened from where it went`() async throws {
        try await Self.meeting(true) { store, key in
            let signs = try await store.signs(with: key)
            #expect(signs)
        }
        try await Self.meeting(true) { store, key in _ = try await store.exported(key) }
    }

    @Test func `a key whose record moves while it is renamed is renamed where it went`() async throws {
        try await Self.meeting(false) { store, key in
            let renamed = try await store.renameKey(key.keyID, to: "after")
            #expect(renamed.name == "after")
        }
    }
}
