import Instrumentation
import KMSAudit
import ServiceContextModule
import Testing

/// In a process of its own, since a tracer is installed once and for all.
@Suite struct TracingContextTests {
    @Test func `a line has the trace id of the caller's tracing context, and a fresh one where that has none`()
        async throws
    {
        await #expect(processExitsWith: .success) {
            InstrumentationSystem.bootstrap(FieldInstrument())
            let fixture = try await AuditFixture()
            let trace = "40d47592f1bd50f37e6804fbdff404dd"
            let known = [
                ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"],
                ["TraceParent": "cc-\(trace)-00f067aa0ba902b7-01-more"],
                ["b3": "\(trace)-00f067aa0ba902b7-1"], ["X-B3-TraceId": trace, "X-B3-SpanId": "00f067aa0ba902b7"],
            ]
            for fields in known {
                #expect(try await fixture.traceIDs(fields).allSatisfy { $0.description == trace })
                // What a node set itself comes first.
                let own = TraceID.random()
                let ids = try await TraceID.$current.withValue(own) { try await fixture.traceIDs(fields) }
                #expect(ids == [own, own, own, own])
            }
            let short = try await fixture.traceIDs(["b3": "00f067aa0ba902b7-00f067aa0ba902b7"])
            #expect(Set(short.map(\.description)) == ["000000000000000000f067aa0ba902b7"])
            let none = [
                [:], ["traceparent": "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01"],
                ["traceparent": trace], ["traceparent": "00-\(trace)x-00f067aa0ba902b7-01"], ["b3": "0"],
                ["other": trace],
            ]
            for fields in none {
                let ids = try await fixture.traceIDs(fields)
                #expect(Set(ids).count == 2)
                #expect(!ids.contains { $0.description.contains("40d47592") })
            }
        }
    }
}

extension AuditFixture {
    /// The trace ids in the lines of two calls in a tracing context.
    fileprivate func traceIDs(_ fields: [String: String]) async throws -> [TraceID] {
        let sink = MemorySink()
        let kms = audited(sink)
        var context = ServiceContext.topLevel
        context[PropagatedFields.self] = fields
        try await ServiceContext.$current.withValue(context) {
            for _ in 0..<2 { _ = try await kms.describeKey(key) }
        }
        return sink.lines.map(\.traceID)
    }
}

/// What a tracer would send along with a request.
private enum PropagatedFields: ServiceContextKey {
    typealias Value = [String: String]
}

private struct FieldInstrument: Instrument {
    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        for (name, value) in context[PropagatedFields.self] ?? [:] {
            injector.inject(value, forKey: name, into: &carrier)
        }
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {}
}
