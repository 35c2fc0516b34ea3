import Dispatch
import Foundation
import GRDB
import SecretMemory
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct SharingTests {
    /// Longer than any wait that is meant, so that a slow machine fails no test.
    private static let patience = Duration.seconds(10)

    @Test func `a commit of another connection is noticed soon, nothing else is`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let changes = Lock(0)
        let monitor = try database.monitorChanges { changes.withLock { $0 += 1 } }
        defer { monitor.stop() }
        let stranger = try fixture.independent()
        let _: Int64? = try stranger.value("SELECT count(*) FROM vault")
        for number in 1...5 {
            #expect(changes.withLock { $0 } == number - 1)
            try stranger.execute("UPDATE vault SET created_at = created_at + 1")
            let start = ContinuousClock.now
            while changes.withLock({ $0 }) < number, start.duration(to: .now) < Self.patience {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(changes.withLock { $0 } == number)
        }
    }

    @Test func `a stopped monitor says nothing`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let (changes, others) = (Lock(0), Lock(0))
        let stopped = try database.monitorChanges { changes.withLock { $0 += 1 } }
        let running = try database.monitorChanges { others.withLock { $0 += 1 } }
        stopped.stop()
        try fixture.independent().execute("UPDATE vault SET created_at = created_at + 1")
        let start = ContinuousClock.now
        while others.withLock({ $0 }) == 0, start.duration(to: .now) < Self.patience {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(others.withLock { $0 } == 1)
        #expect(changes.withLock { $0 } == 0)
        running.stop()
    }

    @Test func `a change waits for another connection's, and reading does not`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let stranger = try fixture.independent()
        try stranger.executeBare("BEGIN IMMEDIATE; UPDATE vault SET created_at = 5")
        async let change: Void = onBlockingThread { try fixture.change(database) { _ in } }
        let seen = try await database.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
        #expect(seen.createdAt == 1 && seen.epoch == 1)
        try stranger.executeBare("ROLLBACK")
        try await change
        let after = try await database.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
        #expect(after.epoch == 2)
    }

    @Test func `changes of several connections at once are all there in the end`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let failures = Lock([String]())
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            do {
                let own = try fixture.open()
                for _ in 0..<10 {
                    try fixture.change(own) { transaction in try transaction.insert(StorageFixture.jobRow()) }
                }
                try own.close()
            } catch { failures.withLock { $0.append("\(worker): \(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        let vault = try database.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
        #expect(vault.epoch == 42 && vault.counts[3] == 41)
        #expect(try fixture.check(database).isPassed)
    }

    @Test func `closing waits for calls under way, and later calls are refused`() async throws {
        for _ in 0..<20 {
            let fixture = try StorageFixture()
            let database = try fixture.open()
            let results = Lock([StorageError?]())
            DispatchQueue.concurrentPerform(iterations: 12) { worker in
                do throws(StorageError) {
                    if worker == 6 { return try database.close() }
                    for _ in 0..<5 {
                        if worker.isMultiple(of: 2) { try fixture.change(database) { _ in } }
                        _ = try database.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM vault") }
                    }
                    results.withLock { $0.append(nil) }
                } catch { results.withLock { $0.append(error) } }
            }
            #expect(results.withLock { $0 }.allSatisfy { $0 == nil || $0?.code == .closed })
            await #expect(throws: StorageError(.closed, "")) { try await database.read { _ in } }
            await #expect(throws: StorageError(.closed, "")) { try await database.write { _ in } }
            try database.close()
            #expect(try fixture.check(fixture.open()).isPassed)
        }
    }

    @Test func `a change whose task is cancelled before its turn is told so, and is not made`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let (isRunning, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = Task {
            try await onBlockingThread { () throws(StorageError) in
                try fixture.change(database) { _ in
                    isRunning.signal()
                    mayEnd.wait()
                }
            }
        }
        await onBlockingThread { isRunning.wait() }
        let second = Task { try await database.write { db in try db.execute(sql: "UPDATE vault SET node = 'other'") } }
        second.cancel()
        mayEnd.signal()
        try await first.value
        let result = await second.result
        #expect(throws: StorageError(.cancelled, "")) { try result.get() }
        #expect(try fixture.check(database).isPassed)
    }
}
