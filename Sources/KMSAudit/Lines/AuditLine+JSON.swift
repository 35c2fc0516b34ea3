extension AuditLine {
    /// The line as one JSON object, its names those of Canton's JSON encoder where it has them: docs/audit-log.md.
    public var json: String {
        var object = JSONText()
        object.add("@timestamp", instant.isoText)
        object.add("level", level.rawValue)
        object.add("thread_name", thread.printable)
        object.add("logger_name", logger)
        object.add("trace-id", traceID.description)
        object.add("request-id", requestID)
        switch event {
        case .sending(let body, let uri):
            object.add("event", "sending")
            object.add("request", JSONText(body))
            object.add("uri", uri.printable)
        case .received(let body, let awsID):
            object.add("event", "received")
            object.add("response", JSONText(body))
            object.add("aws-id", awsID.printable)
        case .failed(let error, let key):
            object.add("event", "failed")
            object.add("error", JSONText(error, key))
        }
        object.add("message", message)
        return object.text
    }
}
