import Dispatch
import EnvelopeCrypto
public import SecretMemory

/// The embedded key-management service: wrapper keys in one sealed file, no account and no network.
///
/// It behaves as AWS KMS does: exact encryption contexts, key states, key materials, names of errors, ids. Its ARNs are
/// `arn:aws:kms:local:000000000000:key/ID` and `…:alias/NAME`. Several processes may use one file; each sees the
/// others' changes before its next call.
///
/// ## The file
///
/// Mode 0600. Numbers are big-endian; *text* is a 4-byte length and that many bytes of UTF-8; *time* is 8 bytes,
/// signed, microseconds since 1970 UTC. At most 1 MiB.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 13 | `nodevault-kms` |
/// | 13 | 1 | version = 1 |
/// | 14 | 1 | protection: 1 passphrase, 2 machine key |
/// | 15 | 1 | scrypt: log2 N (15) |
/// | 16 | 4 | scrypt: r (8) |
/// | 20 | 4 | scrypt: p (1) |
/// | 24 | 32 | scrypt: salt, drawn when the file is made |
/// | 56 | 32 | salt, fresh at every write |
/// | 88 | 12 | nonce, fresh at every write |
/// | 100 | n | ciphertext of the payload |
/// | 100+n | 16 | tag |
///
/// Under a machine key the bytes 15–55 are zero. Sealing secret = scrypt(passphrase, scrypt salt, N, r, p, 32 bytes),
/// or the 32 bytes of the machine key file. File key = HKDF-SHA256(sealing secret, salt, info
/// `nodevault/1/local-kms-file`, 32). The seal is AES-256-GCM, its authenticated data the bytes 0–99. The scrypt salt
/// stays, so that scrypt runs once at open.
///
/// Payload: 4-byte number of keys, the keys in ascending order of their ids, 4-byte number of aliases, the aliases in
/// ascending order of their names, nothing else.
/// - key: id (36 ASCII bytes: a UUID, or `mrk-` and 32 hexadecimal digits); description (text); 4-byte number of tags,
///   each name (text) and value (text), ascending by name; created-at (time); state (1 byte: 0 enabled, 1 disabled, 2
///   pending deletion); deletion date (time, 0 but in state 2); multi-region (1 byte: 0, 1); 4-byte number of key
///   materials (1 to 26), oldest first: material id (32 bytes), key (32 bytes), created-at (time). The last one wraps.
/// - alias: name (text, `alias/NAME`), key id (36 bytes).
///
/// ## A wrapped key
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | version = 1 |
/// | 1 | 36 | key id, ASCII |
/// | 37 | 32 | key material id |
/// | 69 | 32 | salt, random |
/// | 101 | 12 | nonce, random |
/// | 113 | n | ciphertext |
/// | 113+n | 16 | tag |
///
/// Wrapping key = HKDF-SHA256(key material, salt, info `nodevault/1/local-kms-wrap`, 32). AES-256-GCM with the bytes
/// 0–112 and the encryption context as authenticated data: the pairs in ascending order of their keys' bytes, each key
/// (text) and value (text).
public final class LocalKMS: KMS {
    /// What the file is sealed by.
    public enum Protection: ~Copyable, Sendable {
        /// A passphrase, at least one byte; it is not kept.
        case passphrase(SecretBytes)
        /// The file of 32 random bytes at this path, made at first use; nil: beside the key file, named
        /// `FILE.machine-key`. It protects a database that leaks alone, nothing else.
        case machineKey(String?)
    }

    /// The key file's absolute path.
    public var path: String { file.path }

    let file: PrivateFile
    private let seal: KeyFileSeal
    private let loaded: Lock<Loaded>
    private let clock: @Sendable () -> Timestamp
    /// File work of asynchronous calls: it may wait for the disk or for another process.
    private let queue = DispatchQueue(label: "nodevault.local-kms")

    private static let maximumFileSizeInBytes = 1 << 20

    private struct Loaded: Sendable {
        let keyring: Keyring
        let snapshot: FileSnapshot
    }

    /// Opens the file, or makes an empty one. Blocks for scrypt (about an eighth of a second) and the disk.
    ///
    /// - Parameters:
    ///   - path: the key file. A relative path means the working folder of this moment.
    ///   - protection: what the file is sealed by.
    ///   - owner: who the files belong to when root runs this; nobody else can give files away.
    ///   - createIfMissing: whether a missing file is made. A missing machine key of an existing file is always an
    ///     error.
    /// - Throws: ``KMSError`` with `operation` `.openKeyFile`: `.missingFile`; `.wrongPassphrase` when a file sealed by
    ///   a passphrase does not open; `.damagedFile` when one sealed by a machine key does not, or is no key file;
    ///   `.validation` for the wrong kind of protection; `.fileAccess`, `.fileIO`, `.busy`, `.secretMemory`.
    public static func open(
        at path: String, protection: consuming Protection, owner: FileOwner? = nil, createIfMissing: Bool = false
    ) throws(KMSError) -> LocalKMS {
        try open(
            at: path, protection: protection, owner: owner, createIfMissing: createIfMissing, cost: .standard,
            clock: { Timestamp.now })
    }

    static func open(
        at path: String, protection: consuming Protection, owner: FileOwner? = nil, createIfMissing: Bool = false,
        cost: ScryptCost, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) throws(KMSError) -> LocalKMS {
        do throws(LocalFailure) {
            return try LocalKMS(
                PrivateFile(path: path, owner: owner), protection, owner, createIfMissing, cost, clock)
        } catch { throw error.error(in: .openKeyFile) }
    }

    private init(
        _ file: PrivateFile, _ protection: borrowing Protection, _ owner: FileOwner?, _ createIfMissing: Bool,
        _ cost: ScryptCost, _ clock: @escaping @Sendable () -> Timestamp
    ) throws(LocalFailure) {
        self.file = file
        self.clock = clock
        if createIfMissing, try file.snapshot() == nil {
            try file.withExclusiveLock { () throws(LocalFailure) in
                guard try file.snapshot() == nil else { return }
                let seal = try KeyFileSeal.make(protection, for: nil, file: file, owner: owner, cost: cost)
                try seal.seal(Keyring()).withBytes { bytes throws(LocalFailure) in _ = try file.replace(with: bytes) }
            }
        }
        let content = try Self.read(file)
        seal = try KeyFileSeal.make(protection, for: content.header, file: file, owner: owner, cost: cost)
        let keyring = try seal.open(content.bytes, header: content.header, path: file.path)
        loaded = Lock(Loaded(keyring: keyring, snapshot: content.snapshot))
    }

    /// Always `local:`.
    public func endpoint(for key: WrapperKeyID?) -> String { "local:" }

    // MARK: The file

    private static func read(
        _ file: PrivateFile
    ) throws(LocalFailure) -> (bytes: [UInt8], header: KeyFileHeader, snapshot: FileSnapshot) {
        guard let snapshot = try file.snapshot() else {
            throw LocalFailure(
                .missingFile, "there is no key file \(file.path); check kms.key-file, or run nodevault init")
        }
        guard snapshot.sizeInBytes <= maximumFileSizeInBytes else {
            throw LocalFailure(.damagedFile, "\(file.path) is no LocalKMS file: it is larger than 1 MiB")
        }
        let bytes = try snapshot.readBytes()
        return (bytes, try KeyFileHeader(parsing: bytes, path: file.path), snapshot)
    }

    /// Reads the file again if it is another one than before.
    private func refresh() throws(LocalFailure) -> Keyring {
        if let keyring = unchangedKeyring { return keyring }
        let content = try Self.read(file)
        let keyring = try seal.open(content.bytes, header: content.header, path: file.path)
        loaded.withLock { $0 = Loaded(keyring: keyring, snapshot: content.snapshot) }
        return keyring
    }

    private var unchangedKeyring: Keyring? {
        let loaded = loaded.withLock { $0 }
        return loaded.snapshot.isCurrent ? loaded.keyring : nil
    }

    /// Changes the keyring on disk, then in memory. Blocks.
    func update<R>(_ change: (inout Keyring, Timestamp) throws(LocalFailure) -> R) throws(LocalFailure) -> R {
        try file.withExclusiveLock { () throws(LocalFailure) in
            var keyring = try refresh()
            let now = clock()
            keyring.dropKeys(deletedBy: now)
            let answer = try change(&keyring, now)
            let bytes = try seal.seal(keyring)
            guard bytes.count <= Self.maximumFileSizeInBytes else {
                throw .limit("\(file.path) would exceed 1 MiB; shorten descriptions and tags, or delete keys")
            }
            let snapshot = try bytes.withBytes { bytes throws(LocalFailure) in try file.replace(with: bytes) }
            loaded.withLock { $0 = Loaded(keyring: keyring, snapshot: snapshot) }
            return answer
        }
    }

    /// The keyring as it is now, without the keys whose waiting time is over.
    func currentKeyring() async throws(LocalFailure) -> Keyring {
        var keyring: Keyring
        if let unchanged = unchangedKeyring {
            keyring = unchanged
        } else {
            keyring = try await onQueue { [self] () throws(LocalFailure) in try refresh() }
        }
        keyring.dropKeys(deletedBy: clock())
        return keyring
    }

    /// Runs `body` off Swift's cooperative threads.
    func onQueue<R: Sendable>(
        _ body: @escaping @Sendable () throws(LocalFailure) -> R
    ) async throws(LocalFailure) -> R {
        let result: Result<R, LocalFailure> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
