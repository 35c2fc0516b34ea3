import SecretMemory

/// The one value that stands for all rows of a vault: the sum of their elements, bound to the epoch and the row counts.
///
/// The nonce is the first 12 bytes of an HMAC over everything that is sealed and 32 random bytes, so that a restored VM
/// snapshot that repeats random bytes cannot meet two sums under one nonce. Stored: nonce 12 ‖ AES-256-GCM(sum) 32 ‖ tag 16, under HKDF(integrity key, "nodevault/1/head" ‖ vault id ‖ epoch), with
/// vault id ‖ epoch ‖ the row counts as authenticated data.
package struct VaultHead: Equatable, Sendable {
    package var sum: RowMAC
    /// Advances with every change of the vault.
    package var epoch: Int64
    /// The number of rows of each table, in the order of the format's page.
    package var counts: [Int64]

    package init(sum: RowMAC, epoch: Int64, counts: [Int64]) {
        self.sum = sum
        self.epoch = epoch
        self.counts = counts
    }

    package func sealed(vault: UUIDBytes, under key: borrowing IntegrityKey) throws(EnvelopeError) -> [UInt8] {
        let headKey = try Self.headKey(vault: vault, epoch: epoch, key)
        let authenticatedData = Self.authenticatedData(vault: vault, epoch: epoch, counts: counts)
        let sumBytes = sum.bytes
        let nonce = Array(
            try key.authenticate(
                authenticatedData + sumBytes + randomBytes(32), label: "nodevault/1/head-nonce"
            )[..<CryptoEngine.nonceSize])
        return nonce
            + (try AESGCM.seal(
                sumBytes.span.bytes, key: headKey, nonce: nonce,
                authenticatedData: authenticatedData))
    }

    /// Opens a stored head.
    ///
    /// - Throws: ``EnvelopeError`` `.authenticationFailed` when it, the epoch or a count was changed.
    package static func open(
        _ sealed: [UInt8], vault: UUIDBytes, epoch: Int64, counts: [Int64], under key: borrowing IntegrityKey
    ) throws(EnvelopeError) -> VaultHead {
        guard sealed.count == CryptoEngine.nonceSize + 32 + CryptoEngine.tagSize else { throw .authenticationFailed }
        let headKey = try headKey(vault: vault, epoch: epoch, key)
        let opened = try AESGCM.open(
            Array(sealed[CryptoEngine.nonceSize...]), key: headKey, nonce: Array(sealed[..<CryptoEngine.nonceSize]),
            authenticatedData: authenticatedData(vault: vault, epoch: epoch, counts: counts))
        let sum = opened.withExposedBytes { span in span.withUnsafeBytes { RowMAC(bytes: $0) } }
        guard let sum else { throw .authenticationFailed }
        return VaultHead(sum: sum, epoch: epoch, counts: counts)
    }

    private static func headKey(
        vault: UUIDBytes, epoch: Int64, _ key: borrowing IntegrityKey
    ) throws(EnvelopeError) -> SecretBytes {
        var info = Array("nodevault/1/head".utf8) + vault.bytes
        info.appendBigEndian(epoch)
        return try HKDF.derive(from: key.bytes, salt: [], info: info, count: 32)
    }

    private static func authenticatedData(vault: UUIDBytes, epoch: Int64, counts: [Int64]) -> [UInt8] {
        var data = vault.bytes
        data.appendBigEndian(epoch)
        for count in counts { data.appendBigEndian(count) }
        return data
    }
}
