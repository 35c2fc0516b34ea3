/// What the files of one loading share: how to read them, how much has been read, and how much may still be done.
final class LoadContext {
    let limits: HOCONLimits
    let readFile: HOCONLoader.ReadFile
    let environment: [String: String]
    /// The files being parsed, the outermost first, by their normal paths.
    var openFiles: [String] = []
    /// The substitutions that stand for nothing so far; nil: the first one is thrown.
    var unresolved: [HOCONError]?
    private var sizeInBytes = 0
    private var files = 0
    private var expansion = 0

    init(limits: HOCONLimits, environment: [String: String], readFile: @escaping HOCONLoader.ReadFile) {
        self.limits = limits
        self.environment = environment
        self.readFile = readFile
    }

    /// A context for a text that comes from no file and may include none.
    static func detached(_ limits: HOCONLimits) -> LoadContext {
        LoadContext(limits: limits, environment: [:]) { _, _ in nil }
    }

    /// The bytes that may still be read.
    var remainingBytes: Int { max(0, limits.maximumSizeInBytes - sizeInBytes) }

    /// Counts a text against the limits.
    func count(_ bytes: [UInt8], _ document: Document) throws(HOCONError) {
        sizeInBytes += bytes.count
        files += 1
        if sizeInBytes > limits.maximumSizeInBytes {
            throw HOCONError(
                .limitExceeded, at: HOCONOrigin(document.source),
                "the configuration is larger than \(limits.maximumSizeInBytes) bytes in all; expected less")
        }
        if files > limits.maximumFiles {
            throw HOCONError(
                .limitExceeded, at: HOCONOrigin(document.source),
                "the configuration consists of more than \(limits.maximumFiles) files; include fewer")
        }
    }

    /// Counts work that substitution does.
    func spend(_ amount: Int, at origin: HOCONOrigin) throws(HOCONError) {
        expansion += amount
        if expansion > limits.maximumExpansion {
            throw HOCONError(
                .limitExceeded, at: origin, "the substitutions make this configuration too large; use fewer of them")
        }
    }
}
