import Foundation
import NodeKeys

/// The system's `openssl` command, working in a folder of its own that goes away with the value.
final class OpenSSLCommand {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "nodekeys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs it with arguments that are separated by blanks, and answers its standard output.
    @discardableResult
    func run(_ arguments: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        let output = folder.appending(path: "stdout-\(UUID().uuidString)")
        let errors = folder.appending(path: "stderr-\(UUID().uuidString)")
        for file in [output, errors] { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let reason = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
            throw Failure(description: "openssl \(arguments): \(reason)")
        }
        return Array(try Data(contentsOf: output))
    }

    /// Whether it exits with 0.
    func succeeds(_ arguments: String) -> Bool { (try? run(arguments)) != nil }

    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: name)) }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }
}

extension KeyScheme {
    /// What makes `openssl genpkey` generate such a key.
    var genpkey: String {
        switch self {
        case .ed25519: "genpkey -algorithm ed25519"
        case .ecP256: "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
        case .ecP384: "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"
        case .ecSecp256k1: "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1"
        case .rsa2048: "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
        }
    }
}

extension OpenSSLCommand {
    /// Makes a key: `key.pem` as the command writes it, `key.der` as PKCS#8.
    func generate(_ scheme: KeyScheme) throws -> [UInt8] {
        try run("\(scheme.genpkey) -out key.pem")
        return try run("pkcs8 -topk8 -nocrypt -in key.pem -outform DER")
    }
}
