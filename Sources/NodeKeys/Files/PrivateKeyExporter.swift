import COpenSSL
package import SecretMemory

/// Writes a PKCS#8 private key as a file's text.
package enum PrivateKeyExporter {
    /// Encrypted PEM (`ENCRYPTED PRIVATE KEY`): PBES2 with scrypt (N=2^14, r=8, p=5) and AES-256-CBC, about 0.3 s.
    ///
    /// `openssl pkey` and `openssl pkcs8` open it. The text is not secret.
    ///
    /// - Throws: ``NodeKeysError`` `.passphraseNeeded` for an empty passphrase; `.secretMemory`, `.cryptoFailure`.
    package static func encryptedPEM(
        _ pkcs8: borrowing SecretBytes, passphrase: borrowing SecretBytes
    ) throws(NodeKeysError) -> [UInt8] {
        guard passphrase.count > 0 else {
            throw NodeKeysError(.passphraseNeeded, "a private key is not exported under an empty passphrase; give one")
        }
        ERR_clear_error()
        let der = try EncryptedPrivateKey.seal(pkcs8, passphrase)
        return PEMWriter.text("ENCRYPTED PRIVATE KEY", der.span.bytes)
    }

    /// Clear PEM (`PRIVATE KEY`) in secret memory.
    ///
    /// - Throws: ``NodeKeysError`` `.secretMemory`.
    package static func insecureClearPEM(_ pkcs8: borrowing SecretBytes) throws(NodeKeysError) -> SecretBytes {
        try pkcs8.withExposedBytes { der throws(NodeKeysError) in try PEMWriter.secretText("PRIVATE KEY", der) }
    }
}
