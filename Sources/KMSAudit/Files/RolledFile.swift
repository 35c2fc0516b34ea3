/// A file on its way from `kms.log` to `kms.log.2026-11-24.gz`, as its name tells.
///
/// Rolling goes in steps, each one call of the kernel, so that a crash leaves one of the states below and whoever comes
/// next goes on from there:
/// 1. `kms.log` becomes `kms.log.DATE.ID.rolled`, with a fresh random ID.
/// 2. `kms.log.DATE.ID.rolled.gz.part` is written: what `kms.log.DATE.gz` has already, and the rolled lines as one more
///    gzip member. It becomes `kms.log.DATE.ID.rolled.gz` once it is whole and on the disk.
/// 3. `kms.log.DATE.ID.rolled` is removed.
/// 4. `kms.log.DATE.ID.rolled.gz` becomes `kms.log.DATE.gz`.
enum RolledFile: Hashable {
    /// Lines that wait to be compressed.
    case waiting(date: String, id: String)
    /// A compressed file that is not whole.
    case partial
    /// A whole compressed file that has the waiting one's lines.
    case compressed(date: String, id: String)
    /// Done: what an operator keeps.
    case done(date: String, RollingPeriod)

    /// Reads the name of a file beside the log `log`; nil for any other file.
    init?(name: String, log: String, pattern: RollingPattern) {
        guard name.hasPrefix(log + ".") else { return nil }
        let rest = name.dropFirst(log.count + 1)
        if rest.hasSuffix(".gz"), let period = pattern.period(of: rest.dropLast(3)) {
            self = .done(date: String(rest.dropLast(3)), period)
            return
        }
        let suffixes: [(String, (String, String) -> RolledFile)] = [
            (".rolled", RolledFile.waiting), (".rolled.gz", RolledFile.compressed),
            (".rolled.gz.part", { _, _ in .partial }),
        ]
        for (suffix, make) in suffixes where rest.hasSuffix(suffix) {
            let dateAndID = rest.dropLast(suffix.count)
            let id = dateAndID.suffix(16)
            let date = dateAndID.dropLast(17)
            guard id.count == 16, id.allSatisfy({ $0.isASCII && $0.isHexDigit }),
                dateAndID.dropLast(16).hasSuffix("."), pattern.period(of: date) != nil
            else { continue }
            self = make(String(date), String(id))
            return
        }
        return nil
    }

    /// The name of lines that wait.
    static func waitingName(log: String, date: String, id: String) -> String { "\(log).\(date).\(id).rolled" }

    /// The name under which an operator finds the lines of a date.
    static func doneName(log: String, date: String) -> String { "\(log).\(date).gz" }
}
