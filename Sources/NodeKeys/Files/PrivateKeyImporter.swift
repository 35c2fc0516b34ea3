package import SecretMemory

/// A private key read from a file, checked.
package struct ImportedPrivateKey: ~Copyable, Sendable {
    /// PKCS#8 DER: byte for byte what the file held, or made of SEC1 or PKCS#1.
    package let pkcs8: SecretBytes
    /// Derived from it.
    package let publicKey: PublicKey

    /// Gives the PKCS#8 away and ends this value.
    package consuming func takePKCS8() -> SecretBytes { pkcs8 }
}

/// Reads files with one private key in them.
///
/// PEM or DER; PKCS#8 of versions 1 and 2 (RFC 5958), clear or encrypted by PBES2 (PBKDF2 or scrypt, AES-CBC); SEC1
/// (RFC 5915); PKCS#1 (RFC 8017). Everything secret stays in the arena; a cipher's expanded key is in the ordinary heap
/// while it decrypts, and is wiped.
package enum PrivateKeyImporter {
    /// Larger files are refused; the largest key, RSA 2048 encrypted in PEM, has under 2 KiB.
    package static let maximumFileSizeInBytes = 16 << 10

    /// Whether the file is encrypted, so that a passphrase must be asked for.
    ///
    /// - Throws: ``NodeKeysError`` as for reading a file that is not encrypted.
    package static func needsPassphrase(_ file: borrowing SecretBytes) throws(NodeKeysError) -> Bool {
        try unwrap(file).kind == .encryptedPKCS8
    }

    /// Reads a key that is not encrypted.
    ///
    /// - Throws: ``NodeKeysError`` `.passphraseNeeded` for an encrypted one; `.malformed`, `.tooLarge`,
    ///   `.unsupportedAlgorithm`, `.publicKeyMismatch`, `.secretMemory`, `.cryptoFailure`.
    package static func read(_ file: borrowing SecretBytes) throws(NodeKeysError) -> ImportedPrivateKey {
        let contents = try unwrap(file)
        guard contents.kind != .encryptedPKCS8 else {
            throw NodeKeysError(.passphraseNeeded, "the private key is encrypted; give its passphrase")
        }
        return try convert(contents)
    }

    /// Reads a key that may be encrypted. One that is not is read without the passphrase.
    ///
    /// - Throws: ``NodeKeysError`` `.wrongPassphrase`, and as for ``read(_:)``.
    package static func read(
        _ file: borrowing SecretBytes, passphrase: borrowing SecretBytes
    ) throws(NodeKeysError) -> ImportedPrivateKey {
        let contents = try unwrap(file)
        guard contents.kind == .encryptedPKCS8 else { return try convert(contents) }
        let encrypted = try contents.der.withExposedBytes { der throws(NodeKeysError) in try EncryptedPrivateKey(der) }
        return try convert(FileContents(kind: .pkcs8, der: encrypted.open(passphrase)))
    }

    fileprivate struct FileContents: ~Copyable {
        let kind: PrivateKeyFileKind
        let der: SecretBytes
    }

    private static func unwrap(_ file: borrowing SecretBytes) throws(NodeKeysError) -> FileContents {
        guard file.count > 0 else { throw .malformed("the file is empty; it should hold a private key") }
        guard file.count <= maximumFileSizeInBytes else {
            throw NodeKeysError(
                .tooLarge, "the file has \(file.count) bytes; a private key has at most \(maximumFileSizeInBytes)")
        }
        return try file.withExposedBytes { bytes throws(NodeKeysError) in
            guard !PEMReader.isPEM(bytes) else { return try unwrapPEM(bytes) }
            // Reading first names what is wrong with the outermost element, as trailing bytes.
            if bytes.byte(at: 0) == DERTag.sequence { _ = try DERReader.whole(bytes, of: "private key") }
            guard let kind = PrivateKeyFileKind(der: bytes) else {
                throw .malformed("the file is no private key: neither PEM nor PKCS#8, SEC1 or PKCS#1 in DER")
            }
            return FileContents(kind: kind, der: try SecretBytes.joining([], bytes))
        }
    }

    private static func unwrapPEM(_ bytes: RawSpan) throws(NodeKeysError) -> FileContents {
        var blocks = try PEMReader.blocks(bytes)
        // OpenSSL's `ecparam -genkey` writes the curve once more before the key; the key names it too.
        if blocks.count > 1, blocks[0].label == "EC PARAMETERS" { blocks.removeFirst() }
        guard let block = blocks.first, blocks.count == 1 else {
            let found = blocks.map(\.label).joined(separator: ", ")
            throw .malformed("the file holds \(blocks.count) PEM blocks (\(found)); leave the one private key in it")
        }
        let kind = try PrivateKeyFileKind(label: block.label)
        return FileContents(kind: kind, der: try PEMReader.decode(block, in: bytes))
    }

    private static func convert(_ contents: consuming FileContents) throws(NodeKeysError) -> ImportedPrivateKey {
        let pkcs8 = try contents.pkcs8()
        let publicKey = try PublicKey(ofPKCS8: pkcs8)
        return ImportedPrivateKey(pkcs8: pkcs8, publicKey: publicKey)
    }
}

extension PrivateKeyImporter.FileContents {
    /// The file's PKCS#8, or one made of its key.
    fileprivate consuming func pkcs8() throws(NodeKeysError) -> SecretBytes {
        switch kind {
        case .pkcs8, .encryptedPKCS8:
            return der
        case .sec1:
            return try der.withExposedBytes { bytes throws(NodeKeysError) in
                let key = try ECPrivateKeyInfo(bytes, 0..<bytes.byteCount, curveOfAlgorithm: nil)
                let publicKey = try key.publicKey(in: bytes)
                try key.checkEnclosed(publicKey, in: bytes)
                let missing = (publicKey.bits.count - 1) / 2 - key.scalar.count
                let zeros = [UInt8](repeating: 0, count: missing)
                let scalar = try SecretBytes.joining(zeros, bytes.extracting(key.scalar))
                return try scalar.withExposedBytes { scalar throws(NodeKeysError) in
                    try PKCS8Writer.ec(key.scheme, scalar: scalar, point: publicKey.bits)
                }
            }
        case .pkcs1:
            return try der.withExposedBytes { bytes throws(NodeKeysError) in
                _ = try RSAPrivateKeyInfo(bytes, 0..<bytes.byteCount)
                return try PKCS8Writer.rsa(bytes)
            }
        }
    }
}
