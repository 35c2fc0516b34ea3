import Logging
import SecretMemory

/// A swift-log handler that keeps what it gets.
struct RecordingLog: LogHandler {
    struct Record: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata
    }

    final class Records: Sendable {
        private let records = Lock([Record]())
        var all: [Record] { records.withLock { $0 } }
        func append(_ record: Record) { records.withLock { $0.append(record) } }
    }

    static func make() -> (Logger, Records) {
        let records = Records()
        return (Logger(label: "test", factory: { _ in RecordingLog(records: records) }), records)
    }

    let records: Records
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        records.append(
            Record(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:]))
    }
}
