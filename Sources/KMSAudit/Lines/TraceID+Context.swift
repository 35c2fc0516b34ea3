import Instrumentation
import ServiceContextModule

extension TraceID {
    /// The id of the caller's tracing context, whatever tracer it has: what the tracer would send to another service is
    /// read, in the form of W3C's Trace Context (`traceparent`) or of B3.
    static var ofTracingContext: TraceID? {
        guard let context = ServiceContext.current else { return nil }
        var carrier: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &carrier, using: FieldInjector())
        if let parent = carrier["traceparent"]?.split(separator: "-", omittingEmptySubsequences: false),
            parent.count >= 4
        {
            return TraceID(propagated: parent[1])
        }
        if let first = carrier["b3"]?.split(separator: "-").first { return TraceID(propagated: first) }
        return carrier["x-b3-traceid"].flatMap { TraceID(propagated: $0) }
    }

    /// Takes 32 hexadecimal digits, or B3's 16; not the zeros that mean none.
    private init?(propagated text: some StringProtocol) {
        let digits = text.utf8.count == 16 ? String(repeating: "0", count: 16) + text : String(text)
        guard digits.contains(where: { $0 != "0" }) else { return nil }
        self.init(digits)
    }

    private struct FieldInjector: Injector {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
            carrier[key.lowercased()] = value
        }
    }
}
