extension AuditFile {
    /// How lines are laid out, and when the file is rolled and flushed.
    public struct Options: Sendable {
        /// `text` or `json`.
        public var format: AuditLine.Format
        /// When and how the file is rolled; nil: never by NodeVault.
        public var rolling: Rolling?
        /// False empties the file at this object's first line. A rolled file is never emptied, as with Logback.
        public var appends: Bool
        /// False keeps lines back until there are 8 KiB of them, for at most about a second.
        public var flushesImmediately: Bool
        /// True waits after each line, or group of lines, until the disk has it.
        public var syncs: Bool

        static let bufferSize = 8192

        /// Canton's defaults for a flat file.
        public init(
            format: AuditLine.Format = .text, rolling: Rolling? = nil, appends: Bool = true,
            flushesImmediately: Bool = true, syncs: Bool = false
        ) {
            self.format = format
            self.rolling = rolling
            self.appends = appends
            self.flushesImmediately = flushesImmediately
            self.syncs = syncs
        }
    }

    /// Rolling by date.
    public struct Rolling: Sendable, Hashable {
        /// When a new period begins, and how a rolled file is dated.
        public var pattern: RollingPattern
        /// How many rolled files are kept; 0 keeps all.
        public var history: Int

        /// Daily, and all kept.
        public init(pattern: RollingPattern = .daily, history: Int = 0) {
            self.pattern = pattern
            self.history = history
        }
    }
}
