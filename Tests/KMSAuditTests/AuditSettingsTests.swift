import KMSConformance
import Logging
import Testing

@testable import KMSAudit

@Suite struct AuditSettingsTests {
    @Test func `the environment is read in Canton's names`() throws {
        let settings = try AuditSettings(environment: [
            "KMS_LOG_FILE_NAME": "kms.log", "KMS_LOG_IMMEDIATE_FLUSH": "false", "KMS_LOG_FILE_APPEND": "No",
            "KMS_LOG_FILE_ROLLING_PATTERN": "yyyy-MM", "KMS_LOG_FILE_HISTORY": "7", "LOG_FILE_FLAT": "true",
        ])
        var expected = AuditSettings()
        expected.fileName = "kms.log"
        (expected.flushesImmediately, expected.appends) = (false, false)
        expected.rollingPattern = try RollingPattern("yyyy-MM")
        expected.history = 7
        expected.appender = .flat
        #expect(settings == expected)
    }

    @Test func `an empty environment, and empty variables, say nothing`() throws {
        let names = [
            "KMS_LOG_FILE_NAME", "KMS_LOG_IMMEDIATE_FLUSH", "KMS_LOG_FILE_APPEND", "KMS_LOG_FILE_ROLLING_PATTERN",
            "KMS_LOG_FILE_HISTORY", "LOG_FILE_FLAT", "LOG_FILE_ROLLING",
        ]
        #expect(try AuditSettings(environment: [:]) == AuditSettings())
        #expect(
            try AuditSettings(environment: Dictionary(uniqueKeysWithValues: names.map { ($0, "") })) == AuditSettings())
    }

    @Test(arguments: [
        (["LOG_FILE_ROLLING": "true"], AuditSettings.Appender.rolling), (["LOG_FILE_FLAT": "on"], .flat),
        (["LOG_FILE_ROLLING": "true", "LOG_FILE_FLAT": "true"], .rolling), (["LOG_FILE_ROLLING": "false"], nil),
    ])
    func `the appender is chosen by two variables`(
        _ environment: [String: String], _ appender: AuditSettings.Appender?
    ) throws {
        #expect(try AuditSettings(environment: environment).appender == appender)
    }

    @Test(arguments: [
        ("KMS_LOG_IMMEDIATE_FLUSH", "maybe"), ("KMS_LOG_FILE_APPEND", "2"), ("KMS_LOG_FILE_ROLLING_PATTERN", "ww"),
        ("KMS_LOG_FILE_HISTORY", "-1"), ("KMS_LOG_FILE_HISTORY", "many"), ("LOG_FILE_ROLLING", "daily"),
    ])
    func `a value that cannot be used is refused with the variable's name`(_ name: String, _ value: String) {
        let failure = #expect(throws: AuditFailure.self) { try AuditSettings(environment: [name: value]) }
        #expect(failure?.description.contains(name) == true)
    }

    @Test func `flags come before the environment, and that before the configuration`() throws {
        var (flags, environment, configuration) = (AuditSettings(), AuditSettings(), AuditSettings())
        flags.fileName = "flag.log"
        environment.fileName = "environment.log"
        environment.history = 3
        configuration.fileName = "configuration.log"
        configuration.history = 5
        configuration.format = .json
        let merged = flags.over(environment).over(configuration)
        #expect(merged.fileName == "flag.log")
        #expect(merged.history == 3)
        #expect(merged.format == .json)
        #expect(merged.appender == nil)
    }

    /// Each property alone: one that is forgotten in `over` would be lost.
    @Test func `what one place says reaches through the others`() throws {
        var all = try AuditSettings(environment: [
            "KMS_LOG_FILE_NAME": "kms.log", "KMS_LOG_IMMEDIATE_FLUSH": "false", "KMS_LOG_FILE_APPEND": "false",
            "KMS_LOG_FILE_ROLLING_PATTERN": "yyyy", "KMS_LOG_FILE_HISTORY": "7", "LOG_FILE_FLAT": "true",
        ])
        (all.format, all.syncs, all.isChained, all.secondFileName) = (.json, true, true, "second.log")
        #expect(all.over(AuditSettings()) == all)
        #expect(AuditSettings().over(all) == all)
        let unset = Mirror(reflecting: all).children.filter { child in "\(child.value)" == "nil" }
        #expect(unset.isEmpty)
    }

    @Test func `without a name lines go to the program's log, unless rolling is asked for in words`() {
        func name(_ fileName: String?, _ appender: AuditSettings.Appender?) -> String? {
            var settings = AuditSettings()
            (settings.fileName, settings.appender) = (fileName, appender)
            return settings.effectiveFileName
        }
        #expect(name(nil, nil) == nil)
        #expect(name(nil, .flat) == nil)
        #expect(name(nil, .rolling) == "log/canton_kms.log")
        #expect(name("kms.log", nil) == "kms.log")
        #expect(name("kms.log", .off) == nil)
    }

    @Test func `refuse and chain need a place that tells of failures`() throws {
        let none = AuditSettings()
        var file = AuditSettings()
        file.fileName = "kms.log"
        let refusal = #expect(throws: AuditFailure.self) { try none.check(isEnabled: true, onFailure: .refuse) }
        #expect(refusal?.description.contains("KMS_LOG_FILE_NAME") == true)
        try none.check(isEnabled: true, onFailure: .refuse, hasOwnSink: true)
        try none.check(isEnabled: true, onFailure: .continue)
        try none.check(isEnabled: false, onFailure: .refuse)
        try file.check(isEnabled: true, onFailure: .refuse)

        var chained = none
        chained.isChained = true
        #expect(throws: AuditFailure.self) { try chained.check(isEnabled: true, onFailure: .continue) }
        try chained.over(file).check(isEnabled: true, onFailure: .continue)
        chained.appends = false
        #expect(throws: AuditFailure.self) { try chained.over(file).check(isEnabled: true, onFailure: .refuse) }
    }

    @Test func `a second file needs a first one, and another`() throws {
        var settings = AuditSettings()
        settings.secondFileName = "second.log"
        #expect(throws: AuditFailure.self) { try settings.check(isEnabled: true, onFailure: .continue) }
        settings.fileName = "kms.log"
        try settings.check(isEnabled: true, onFailure: .refuse)
        settings.secondFileName = "kms.log"
        #expect(throws: AuditFailure.self) { try settings.check(isEnabled: true, onFailure: .refuse) }
    }

    @Test func `the settings become the file they describe`() async throws {
        let files = try LogFiles()
        let (logger, records) = RecordingLog.make()
        var settings = AuditSettings()
        settings.fileName = files.path
        settings.secondFileName = files.folder.file("second.log")
        settings.rollingPattern = try RollingPattern("yyyy")
        settings.history = 1
        settings.appends = false
        for year in [2021, 2022] {
            try files.folder.write(Array("\(LogFiles.line("old").text)\n".utf8), to: "kms.log")
            try files.touch("kms.log", "\(year)-03-01 10:00:00")
            let log = try AuditLog(
                node: AuditFixture.node, settings: settings, mainLog: MemorySink(), warnings: logger)
            let fixture = try await AuditFixture()
            _ = try await AuditedKMS(fixture.local, log: log).describeKey(fixture.key)
            try await log.close()
            try await files.settle()
        }
        #expect(try files.names == ["kms.log", "kms.log.2022.gz", "second.log"])
        #expect(try files.markers("kms.log.2022.gz") == ["old"])
        #expect(try files.folder.read("second.log").count(where: { $0 == UInt8(ascii: "\n") }) == 4)
        #expect(records.all.count { $0.message.contains("KMS_LOG_FILE_APPEND") } == 2)
    }

    @Test func `a flat file is never rolled, and off means the program's log`() async throws {
        let files = try LogFiles()
        let main = MemorySink()
        var settings = AuditSettings()
        (settings.fileName, settings.appender) = (files.path, .flat)
        let fixture = try await AuditFixture()
        for appender in [AuditSettings.Appender.flat, .off] {
            try files.folder.write(Array("old\n".utf8), to: "kms.log")
            try files.touch("kms.log", "2021-03-01 10:00:00")
            settings.appender = appender
            let log = try AuditLog(
                node: AuditFixture.node, settings: settings, mainLog: main, warnings: Logger(label: "test"))
            _ = try await AuditedKMS(fixture.local, log: log).describeKey(fixture.key)
            try await log.close()
            #expect(try files.names == ["kms.log"])
            #expect(main.lines.count == (appender == .off ? 2 : 0))
        }
    }
}
