import SecretMemory

/// 32 random bytes beside a LocalKMS file. They protect a database that leaks alone, and nothing else.
struct MachineKeyFile {
    private let file: PrivateFile
    private let keyFile: String

    private static let sizeInBytes = 32

    init(_ file: PrivateFile, keyFile: String) {
        self.file = file
        self.keyFile = keyFile
    }

    func read() throws(LocalFailure) -> SecretBytes {
        guard let found = try file.snapshot() else {
            throw LocalFailure(
                .missingFile,
                "the machine key \(file.path) is missing, and \(keyFile) does not open without it; restore it, or set "
                    + "kms.machine-key-file")
        }
        return try secret(in: found)
    }

    /// Under a lock of its own: several key files may share one machine key, and two processes must not both make it.
    func readOrMake() throws(LocalFailure) -> SecretBytes {
        if let found = try file.snapshot() { return try secret(in: found) }
        try file.withExclusiveLock { () throws(LocalFailure) in
            guard try file.snapshot() == nil else { return }
            let made = try LocalFailure.randomSecret(count: Self.sizeInBytes)
            try made.withExposedBytes { made throws(LocalFailure) in
                try made.withUnsafeBytes { made throws(LocalFailure) in _ = try file.replace(with: made) }
            }
        }
        return try read()
    }

    private func secret(in found: FileSnapshot) throws(LocalFailure) -> SecretBytes {
        guard found.sizeInBytes == Self.sizeInBytes else {
            throw LocalFailure(
                .damagedFile,
                "the machine key \(file.path) has \(found.sizeInBytes) bytes instead of \(Self.sizeInBytes); restore it "
                    + "from a backup")
        }
        return try found.readSecret()
    }
}
