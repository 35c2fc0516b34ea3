/// A sink with its thread and deadline.
enum AuditPlace: Sendable {
    case writer(AuditWriter)
    /// A sink that never fails has no use for a thread and a deadline.
    case direct(any AuditSink)

    init(_ sink: any AuditSink, deadline: Duration) {
        self = sink.reportsFailures ? .writer(AuditWriter(sink, deadline: deadline)) : .direct(sink)
    }

    func failure(of line: AuditLine) async -> AuditFailure? {
        do throws(AuditFailure) {
            switch self {
            case .writer(let writer): try await writer.write(line)
            case .direct(let sink): try AuditFailure.mapping { try sink.write(line) }
            }
            return nil
        } catch { return AuditFailure(error.description.printable) }
    }

    func close() async throws(AuditFailure) {
        switch self {
        case .writer(let writer): try await writer.close()
        case .direct(let sink): try AuditFailure.mapping { try sink.close() }
        }
    }
}
