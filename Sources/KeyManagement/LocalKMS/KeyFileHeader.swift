/// The first 100 bytes of a LocalKMS file, clear but authenticated. Layout: ``LocalKMS``.
struct KeyFileHeader: Equatable {
    enum Seal: Equatable {
        case passphrase(ScryptCost, scryptSalt: [UInt8])
        case machineKey
    }

    let seal: Seal
    let salt: [UInt8]
    let nonce: [UInt8]

    static let magic = Array("nodevault-kms".utf8)
    static let version: UInt8 = 1
    static let sizeInBytes = 100

    /// The header's bytes, which are also the seal's authenticated data.
    var bytes: [UInt8] {
        var bytes = Self.magic + [Self.version]
        switch seal {
        case .passphrase(let cost, let scryptSalt):
            bytes += [1, cost.log2N] + cost.blockSize.bigEndianBytes + cost.parallelization.bigEndianBytes + scryptSalt
        case .machineKey:
            bytes += [2] + [UInt8](repeating: 0, count: 41)
        }
        return bytes + salt + nonce
    }

    init(seal: Seal, salt: [UInt8], nonce: [UInt8]) {
        self.seal = seal
        self.salt = salt
        self.nonce = nonce
    }

    /// Reads the header of the file at `path`, and trusts nothing in it.
    init(parsing file: [UInt8], path: String) throws(LocalFailure) {
        guard file.starts(with: Self.magic) else {
            throw LocalFailure(.damagedFile, "\(path) is no LocalKMS file; check kms.key-file")
        }
        guard file.count >= Self.sizeInBytes + 16 else {
            throw LocalFailure(.damagedFile, "\(path) is damaged: it ends too early; restore it from a backup")
        }
        guard file[13] == Self.version else {
            throw LocalFailure(
                .damagedFile, "\(path) has format version \(file[13]), and this program reads version \(Self.version)")
        }
        let cost = ScryptCost(
            log2N: file[15], blockSize: UInt32(bigEndianBytes: file[16..<20]),
            parallelization: UInt32(bigEndianBytes: file[20..<24]))
        switch file[14] {
        case 1 where cost.isBearable: seal = .passphrase(cost, scryptSalt: Array(file[24..<56]))
        case 2 where file[15..<56].allSatisfy { $0 == 0 }: seal = .machineKey
        default:
            throw LocalFailure(
                .damagedFile, "\(path) is damaged: its header is malformed; restore it from a backup")
        }
        salt = Array(file[56..<88])
        nonce = Array(file[88..<100])
    }
}

extension FixedWidthInteger {
    var bigEndianBytes: [UInt8] { Swift.withUnsafeBytes(of: bigEndian) { Array($0) } }

    init(bigEndianBytes bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Self($1) } }
}
