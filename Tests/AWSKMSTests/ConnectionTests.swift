import Foundation
import Glibc
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// Connections and the thread that drives them. Serialized: they count what the process has.
@Suite(.serialized) struct ConnectionTests {
    private static let server = Result { try StrictServer() }
    private static let calls = Task { try await SampleCalls(on: server.get().kms()) }

    @Test func `sixty-four calls at once go over sixteen connections`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let kms = try server.kms(keys)
        let calls = try await Self.calls.value
        try server.control("POST", "/latency", ["milliseconds": 10])
        await withTaskGroup(of: KMSError?.self) { group in
            for _ in 0..<64 { group.addTask { await calls.failure(of: .decrypt, on: kms) } }
            for await error in group { #expect(error == nil) }
        }
        try server.control("POST", "/latency", ["milliseconds": 0])
        let connections = Set(try server.requests(of: keys).compactMap { $0["connection"] as? Int })
        #expect((2...16).contains(connections.count))
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 64)
    }

    @Test func `calls one after another share a connection`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        let kms = try server.kms(keys)
        let calls = try await Self.calls.value
        for operation in SampleCalls.operations.reversed() { try await calls.make(operation, on: kms) }
        try await calls.make(.decrypt, on: kms)
        let requests = try server.requests(of: keys)
        #expect(requests.count == 7)
        // A new key is asked for on a connection of its own, since libcurl repeats by itself on a kept one.
        #expect(Set(requests.compactMap { $0["connection"] as? Int }).count == 2)
    }

    @Test func `programs that the process starts do not inherit connections`() async throws {
        let server = try Self.server.get()
        let kms = try server.kms()
        try await Self.calls.value.make(.decrypt, on: kms)
        let port = try #require(URL(string: server.url)?.port)
        let mine = Self.descriptors(connectedTo: UInt16(port))
        #expect(!mine.isEmpty)
        for descriptor in mine { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
        withExtendedLifetime(kms) {}
    }

    private static func descriptors(connectedTo port: UInt16) -> [Int32] {
        (0..<1024).filter { descriptor in
            var address = sockaddr_in6()
            var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            return withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) == 0 }
                    // The port is at the same place for both families.
                    && UInt16(bigEndian: address.pointee.sin6_port) == port
            }
        }
    }

    @Test func `a client that goes away takes its connections along`() async throws {
        let server = try Self.server.get()
        let port = UInt16(try #require(URL(string: server.url)?.port))
        let calls = try await Self.calls.value
        for _ in 0..<20 { try await calls.make(.decrypt, on: try server.kms()) }
        #expect(Self.descriptors(connectedTo: port).isEmpty)
    }

    @Test func `clients go away while their calls are given up`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("hang", for: keys)
        let calls = try await Self.calls.value
        let tasks = try (0..<8).map { _ in
            let kms = try server.kms(keys)
            return Task { await calls.failure(of: .decrypt, on: kms) }
        }
        for task in tasks { task.cancel() }
        for task in tasks { #expect(await task.value?.code == .cancelled) }
    }

    @Test func `calls that are given up at any moment end once`() async throws {
        let server = try Self.server.get()
        let kms = try server.kms()
        let calls = try await Self.calls.value
        var random = SeededGenerator(state: 5)
        let delays = (0..<100).map { _ in Int.random(in: 0..<2000, using: &random) }
        await withTaskGroup(of: KMSError?.self) { group in
            for delay in delays {
                group.addTask {
                    let call = Task { await calls.failure(of: .decrypt, on: kms) }
                    for _ in 0..<delay { await Task.yield() }
                    call.cancel()
                    return await call.value
                }
            }
            for await error in group { #expect(error == nil || error?.code == .cancelled, "\(error?.message ?? "")") }
        }
        try await calls.make(.decrypt, on: kms)
    }

    @Test func `a forked process has no thread that calls, and lets a client go`() throws {
        let transport = Unmanaged.passRetained(
            try CurlTransport(TransportSettings(caBundle: nil, verifiesServer: true)))
        // Swift hides fork, since little may be done after it.
        let fork = unsafeBitCast(try #require(dlsym(nil, "fork")), to: (@convention(c) () -> pid_t).self)
        let child = fork()
        if child == 0 {
            let hasThread = transport.takeUnretainedValue().loop.hasThread
            transport.release()
            _exit(hasThread ? 1 : 7)
        }
        #expect(transport.takeUnretainedValue().loop.hasThread)
        transport.release()
        var status: Int32 = 0
        for _ in 0..<500 where waitpid(child, &status, WNOHANG) == 0 { usleep(10_000) }
        kill(child, SIGKILL)
        #expect(status == 7 << 8)
    }
}
