import Foundation
import NodeKeys
import SecretMemory

/// Bytes of hexadecimal digits in test data.
func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0xff }
    precondition(digits.count.isMultiple(of: 2) && !digits.contains(0xff), "test data is not hexadecimal")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

/// Test keys are no secrets: in and out of secret memory freely.
func secret(_ bytes: [UInt8]) throws -> SecretBytes { try SecretBytes(copying: bytes.span.bytes) }

func secret(_ text: String) throws -> SecretBytes { try secret(Array(text.utf8)) }

func exposed(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withExposedBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
}

func base64(_ text: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: text) else { throw CocoaError(.coderInvalidValue) }
    return Array(data)
}

/// The code of the error that `body` throws, or nil.
func code(_ body: () throws -> Void) -> NodeKeysError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? NodeKeysError)?.code
    }
}

/// The code with which a file is refused, or nil where it is read.
func refusal(_ file: [UInt8], passphrase: String? = nil) -> NodeKeysError.Code? {
    code { _ = try imported(file, passphrase: passphrase) }
}

func refusal(_ file: String) -> NodeKeysError.Code? { refusal(Array(file.utf8)) }

/// The message with which a file is refused, or nil where it is read.
func refusalMessage(_ file: [UInt8]) -> String? {
    do {
        _ = try imported(file)
        return nil
    } catch {
        return "\(error)"
    }
}

/// Reads a file; answers its PKCS#8 and public key.
func imported(_ file: [UInt8], passphrase: String? = nil) throws -> (pkcs8: [UInt8], publicKey: PublicKey) {
    let secretFile = try secret(file)
    guard let passphrase else {
        let key = try PrivateKeyImporter.read(secretFile)
        return (exposed(key.pkcs8), key.publicKey)
    }
    let key = try PrivateKeyImporter.read(secretFile, passphrase: secret(passphrase))
    return (exposed(key.pkcs8), key.publicKey)
}

func handle(_ pkcs8: [UInt8]) throws -> PrivateKeyHandle { try PrivateKeyHandle(pkcs8: secret(pkcs8)) }

func pem(_ label: String, _ der: [UInt8]) -> String {
    let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n"
}

/// A DER element.
func element(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
    let content = content.flatMap { $0 }
    return switch content.count {
    case ..<0x80: [tag, UInt8(content.count)] + content
    case ..<0x100: [tag, 0x81, UInt8(content.count)] + content
    default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
    }
}
