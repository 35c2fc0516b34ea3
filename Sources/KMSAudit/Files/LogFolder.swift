import CLinux
import Glibc

/// The rolled files beside one log.
struct LogFolder: Sendable {
    let path: String
    let log: String
    let pattern: RollingPattern
    /// How many rolled files are kept; 0 keeps all.
    let history: Int

    /// - Parameter logPath: the log's absolute path.
    init(logPath: String, pattern: RollingPattern, history: Int) {
        let slash = logPath.lastIndex(of: "/") ?? logPath.startIndex
        path = String(logPath[..<slash])
        log = String(logPath[logPath.index(after: slash)...])
        self.pattern = pattern
        self.history = history
    }

    /// The absolute path of a file in the folder.
    func file(_ name: String) -> String { path + "/" + name }

    /// Sets the log aside, to be compressed by ``finish()``.
    func setAside(_ period: RollingPeriod) throws(AuditFailure) {
        let name = RolledFile.waitingName(log: log, date: pattern.text(of: period), id: HexNumber.random())
        guard rename(file(log), file(name)) == 0 else { throw .errno(file(log), "renamed") }
    }

    /// Takes every rolled file to its end, wherever a crash left it, and removes those beyond the history.
    ///
    /// One process at a time does this in a folder: the others wait, and then find nothing to do.
    func finish() throws(AuditFailure) {
        let folder = open(path.isEmpty ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .errno(path, "opened") }
        // Closing drops the lock.
        defer { close(folder) }
        try FileLock.take(folder, path)
        for (name, found) in try files() {
            if case .partial = found { try remove(name) }
        }
        for (name, found) in try files() {
            guard case .compressed(let date, let id) = found else { continue }
            try publish(name, date: date, id: id, folder)
        }
        for (name, found) in try files() {
            guard case .waiting(let date, let id) = found else { continue }
            try compress(name, date: date)
            try publish(name + ".gz", date: date, id: id, folder)
        }
        try prune()
    }

    private func compress(_ name: String, date: String) throws(AuditFailure) {
        let source = open(file(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard source >= 0 else { throw .errno(file(name), "opened") }
        defer { close(source) }
        let part = file(name + ".gz.part")
        let made = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard made >= 0 else { throw .errno(part, "created") }
        defer { close(made) }
        try give(made, part, as: source)
        do throws(GzipMember.Failure) {
            let earlier = open(
                file(RolledFile.doneName(log: log, date: date)), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            if earlier >= 0 {
                defer { close(earlier) }
                try FileBytes.read(earlier) { bytes throws(GzipMember.Failure) in
                    try FileBytes.write(bytes, to: made)
                }
            } else if errno != ENOENT {
                throw GzipMember.Failure(errno)
            }
            try GzipMember.append(source, to: made)
        } catch {
            unlink(part)
            throw .errno(part, "written", error.number)
        }
        guard fsync(made) == 0 else { throw .errno(part, "written to the disk") }
        guard rename(part, file(name + ".gz")) == 0 else { throw .errno(part, "renamed") }
    }

    /// The compressed file gets the log's owner and mode.
    private func give(_ made: Int32, _ name: String, as source: Int32) throws(AuditFailure) {
        var found = stat()
        guard fstat(source, &found) == 0, fchmod(made, found.st_mode & 0o777) == 0,
            geteuid() != 0 || fchown(made, found.st_uid, found.st_gid) == 0
        else { throw .errno(name, "given to the owner of \(log)") }
    }

    private func publish(_ name: String, date: String, id: String, _ folder: Int32) throws(AuditFailure) {
        // The compressed file's name must be on the disk before the lines' other copy goes.
        guard fsync(folder) == 0 else { throw .errno(path, "written to the disk") }
        try remove(RolledFile.waitingName(log: log, date: date, id: id))
        let done = file(RolledFile.doneName(log: log, date: date))
        guard rename(file(name), done) == 0 else { throw .errno(file(name), "renamed") }
    }

    private func prune() throws(AuditFailure) {
        guard history > 0 else { return }
        let done = try files().compactMap { name, found -> (name: String, period: RollingPeriod)? in
            if case .done(_, let period) = found { (name, period) } else { nil }
        }
        for (name, _) in done.sorted(by: { $0.period > $1.period }).dropFirst(history) { try remove(name) }
    }

    private func remove(_ name: String) throws(AuditFailure) {
        guard unlink(file(name)) == 0 || errno == ENOENT else { throw .errno(file(name), "removed") }
    }

    /// The rolled files, the longest unwritten first.
    private func files() throws(AuditFailure) -> [(name: String, file: RolledFile)] {
        guard let folder = opendir(path.isEmpty ? "/" : path) else { throw .errno(path, "read") }
        defer { closedir(folder) }
        var found: [(name: String, file: RolledFile, written: AuditInstant)] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let file = RolledFile(name: name, log: log, pattern: pattern) else { continue }
            var status = stat()
            guard lstat(self.file(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            found.append((name, file, AuditInstant(written: status)))
        }
        return found.sorted {
            ($0.written.seconds, $0.written.milliseconds, $0.name)
                < ($1.written.seconds, $1.written.milliseconds, $1.name)
        }.map { ($0.name, $0.file) }
    }
}
