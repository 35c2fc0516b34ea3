import Foundation
import KMSConformance
import NodeKeys

/// OpenSSL's own command, as the other side of a test.
enum OpenSSLCommand {
    /// A new private key as PKCS#8 DER.
    static func makeKey(_ scheme: KeyScheme) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let options: [String] =
            switch scheme {
            case .ed25519: ["-algorithm", "ED25519"]
            case .ecP256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .ecP384: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
            case .ecSecp256k1: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]
            case .rsa2048: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            }
        guard try run(["genpkey", "-quiet", "-out", folder.file("pem")] + options),
            try run(
                [
                    "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", folder.file("pem"), "-out",
                    folder.file("der"),
                ])
        else { throw CocoaError(.executableLoad) }
        return try folder.read("der")
    }

    /// Whether `pkeyutl` or `dgst` takes the signature.
    static func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) throws -> Bool {
        let folder = try TemporaryFolder()
        try folder.write(signature, to: "signature")
        try folder.write(message, to: "message")
        try folder.write(Array(key.pem.utf8), to: "pem")
        let (pem, file, sealed) = (folder.file("pem"), folder.file("message"), folder.file("signature"))
        guard key.scheme != .ed25519 else {
            return try run(
                ["pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", file, "-sigfile", sealed])
        }
        let digest = key.scheme == .ecP384 ? "-sha384" : "-sha256"
        return try run(["dgst", digest, "-verify", pem, "-signature", sealed, file])
    }

    /// What `pkeyutl -derive` makes of a private key and another one's public key.
    static func sharedSecret(of key: [UInt8], with other: PublicKey) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try folder.write(key, to: "der")
        try folder.write(Array(other.pem.utf8), to: "pem")
        guard
            try run(
                [
                    "pkeyutl", "-derive", "-inkey", folder.file("der"), "-keyform", "DER", "-peerkey",
                    folder.file("pem"), "-out", folder.file("secret"),
                ])
        else { throw CocoaError(.executableLoad) }
        return try folder.read("secret")
    }

    private static func run(_ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
