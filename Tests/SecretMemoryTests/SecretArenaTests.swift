import Foundation
import Testing

@testable import SecretMemory

/// Each runs in a process of its own: a process has one arena, and its limits are the process's.
@Suite struct SecretArenaTests {
    @Test func `without memfd_secret the arena is locked, and no core dump or fork has it`() async {
        await #expect(processExitsWith: .success) {
            let arena = try SecretArena.prepare(sizeInBytes: 1 << 20, preferredTier: .locked)
            #expect(arena.tier == .locked)
            let secret = try SecretBytes.random(count: 64)
            let address = secret.withExposedBytes { span in span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
            let flags = try Self.flags(ofMappingAt: address)
            // lo: locked; dd: not dumped; dc: not copied to a fork (proc(5), smaps).
            guard flags.isSuperset(of: ["lo", "dd", "dc"]) else { throw MissingFlags(found: flags) }
            #expect(secret.count == 64)
        }
    }

    @Test func `pages before and after the arena cannot be touched`() async {
        await #expect(processExitsWith: .failure) {
            try SecretArena.prepare(sizeInBytes: 1 << 16, preferredTier: .locked)
            let secret = try SecretBytes.random(count: 1 << 16)
            secret.withExposedBytes { span in
                span.withUnsafeBytes { bytes in
                    let end = bytes.baseAddress.map { $0 + bytes.count }
                    print(end?.load(as: UInt8.self) ?? 0)
                }
            }
        }
    }

    @Test func `too small a lock limit is an error that names the number needed`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 1 << 16, rlim_max: 1 << 16)
            setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            #expect(throws: SecretMemoryError.memoryLockLimit(needed: 3 << 19, limit: 1 << 16)) {
                // Root may lock without limit; nobody may not.
                setgid(65534)
                setuid(65534)
                try SecretArena.prepare(sizeInBytes: 1 << 20)
            }
        }
    }

    @Test func `a lock limit that is enough for the arena alone is refused, and refused again`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 5 << 18, rlim_max: 5 << 18)
            setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            setgid(65534)
            setuid(65534)
            for _ in 0..<2 {
                #expect(throws: SecretMemoryError.memoryLockLimit(needed: 3 << 19, limit: 5 << 18)) {
                    try SecretArena.prepare(sizeInBytes: 1 << 20, preferredTier: .locked)
                }
            }
        }
    }

    @Test func `where it is allowed, too small a lock limit gives unlocked memory, and says so`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 1 << 16, rlim_max: 1 << 16)
            setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            setgid(65534)
            setuid(65534)
            let arena = try SecretArena.prepare(sizeInBytes: 1 << 20, minimumTier: .unlocked)
            #expect(arena.tier == .unlocked)
        }
    }

    @Test func `an arena below the tier asked for later is refused`() async {
        await #expect(processExitsWith: .success) {
            try SecretArena.prepare(sizeInBytes: 1 << 16, preferredTier: .locked)
            #expect(throws: SecretMemoryError.tierUnavailable(wanted: .memfdSecret, found: .locked)) {
                try SecretArena.prepare(minimumTier: .memfdSecret)
            }
        }
    }

    @Test func `a prepared process dumps no core, has our allocators, and crashes without a backtrace`() async {
        await #expect(processExitsWith: .success) {
            let prepared = ProcessPreparation.run()
            #expect(prepared.allocators == .ours)
            #expect(ProcessPreparation.current == prepared)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
            // A process that is not dumpable belongs to root in /proc (proc(5)).
            var action = sigaction()
            sigaction(SIGSEGV, nil, &action)
            #expect(action.__sigaction_handler.sa_handler == nil)
        }
    }

    @Test func `a process that used OpenSSL before it was prepared says that the allocators are the host's`() async {
        await #expect(processExitsWith: .success) {
            _ = try SecretBytes.random(count: 1)
            #expect(ProcessPreparation.run().allocators == .host)
        }
    }

    private struct MissingFlags: Error { let found: Set<String> }

    /// The `VmFlags` of the mapping that holds an address, from `/proc/self/smaps`.
    private static func flags(ofMappingAt address: UInt) throws -> Set<String> {
        var isInside = false
        // Not `String(contentsOfFile:)`, which trusts the size of the file: it is 0 in /proc.
        let smaps = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps")).readToEnd() ?? Data()
        for line in String(decoding: smaps, as: UTF8.self).split(separator: "\n") {
            let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isInside = range[0] <= address && address < range[1] }
            if isInside, line.hasPrefix("VmFlags:") {
                return Set(line.split(separator: " ").dropFirst().map(String.init))
            }
        }
        return []
    }
}
