extension AuditSettings {
    /// What the environment says, in Canton's names. An empty variable says nothing.
    ///
    /// - Throws: ``AuditFailure`` that names the variable whose value cannot be used.
    public init(environment: [String: String]) throws(AuditFailure) {
        func text(_ name: String) -> String? {
            if let value = environment[name], !value.isEmpty { value } else { nil }
        }
        self.init()
        fileName = text("KMS_LOG_FILE_NAME")
        flushesImmediately = try Self.boolean("KMS_LOG_IMMEDIATE_FLUSH", text)
        appends = try Self.boolean("KMS_LOG_FILE_APPEND", text)
        if let pattern = text("KMS_LOG_FILE_ROLLING_PATTERN") {
            rollingPattern = try Self.pattern(pattern, named: "KMS_LOG_FILE_ROLLING_PATTERN")
        }
        if let history = text("KMS_LOG_FILE_HISTORY") {
            self.history = try Self.history(history, named: "KMS_LOG_FILE_HISTORY")
        }
        // Canton's logging asks first whether to roll.
        if try Self.boolean("LOG_FILE_ROLLING", text) == true {
            appender = .rolling
        } else if try Self.boolean("LOG_FILE_FLAT", text) == true {
            appender = .flat
        }
    }

    /// Reads a pattern of a variable or flag.
    public static func pattern(_ text: String, named name: String) throws(AuditFailure) -> RollingPattern {
        do throws(AuditFailure) { return try RollingPattern(text) } catch {
            throw AuditFailure("\(name): \(error)")
        }
    }

    /// Reads how many rolled files are kept, from a variable or flag.
    public static func history(_ text: String, named name: String) throws(AuditFailure) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw AuditFailure(
                "\(name) is \"\(text.printable)\"; give the number of rolled files to keep, or 0 for all")
        }
        return number
    }

    private static func boolean(
        _ name: String, _ text: (String) -> String?
    ) throws(AuditFailure) -> Bool? {
        guard let value = text(name) else { return nil }
        switch value.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw AuditFailure("\(name) is \"\(value.printable)\"; use true or false")
        }
    }
}
