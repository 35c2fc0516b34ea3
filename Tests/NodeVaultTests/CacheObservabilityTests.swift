import EnvelopeCrypto
import InMemoryTracing
import KeyManagement
import Metrics
import MetricsTestKit
import SecretMemory
import Testing
import Tracing

@testable import NodeVault

@Suite struct CacheObservabilityTests {
    private func total(_ metrics: TestMetrics, _ cache: String, _ event: String) -> Int64 {
        metrics.counterTotal(label: "nodevault_cache_events_total", dimensions: [("cache", cache), ("event", event)])
    }

    @Test func `hits, misses, joins, evictions, refreshes, outages, refusals and wipes are counted`() async throws {
        let metrics = TestMetrics()
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 3)
        let options = KeyStoreOptions.quiet.with { options in
            options.cacheCapacity = 2
            options.cacheMaxAge = .seconds(2)
        }
        let store = try await withMetricsFactory(metrics) { try await fixture.open(options) }
        fixture.kms.slowDown(by: .milliseconds(50))
        async let first = store.exported(keys[0])
        async let second = store.exported(keys[0])
        _ = try await (first, second)
        fixture.kms.slowDown(by: nil)
        #expect(total(metrics, "data-keys", "miss") == 1 && total(metrics, "data-keys", "join") == 1)
        #expect(try await store.signs(with: keys[0]))
        #expect(total(metrics, "data-keys", "hit") == 1 && total(metrics, "private-keys", "miss") == 1)
        #expect(try await store.signs(with: keys[0]))
        #expect(total(metrics, "private-keys", "hit") == 1)
        for key in keys.dropFirst() { #expect(try await store.signs(with: key)) }
        #expect(total(metrics, "data-keys", "eviction") == 1 && total(metrics, "private-keys", "eviction") == 1)
        #expect(await eventually { total(metrics, "data-keys", "refresh") > 0 })
        fixture.kms.fail([.decrypt], with: .throttled)
        #expect(
            await eventually {
                _ = try? await store.signs(with: keys[2])
                return total(metrics, "data-keys", "outage") > 0
            })
        fixture.kms.fail([.decrypt], with: .accessDenied)
        #expect(await eventually { total(metrics, "data-keys", "refusal") > 0 })
        try await store.close()
        #expect(await eventually { total(metrics, "data-keys", "wipe") >= 3 })
        #expect(try metrics.expectTimer("nodevault_unwrap_seconds").values.count >= 3)
        #expect(metrics.meters(label: "nodevault_locked_bytes").isEmpty)
        #expect(try metrics.expectGauge("nodevault_locked_bytes").values.last ?? 0 > 0)
    }

    @Test func `no measure names a key`() async throws {
        let metrics = TestMetrics()
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 2)
        let store = try await withMetricsFactory(metrics) { try await fixture.open() }
        for key in keys { #expect(try await store.signs(with: key)) }
        let dimensions = Set(metrics.counters.flatMap(\.dimensions).map { "\($0.0)=\($0.1)" })
        #expect(
            dimensions
                == Set(["cache=data-keys", "cache=private-keys"] + CacheEvent.allCases.map { "event=\($0)" }))
    }

    @Test func `an unwrap and a preload are spans that name the vault and the data key and nothing else`()
        async throws
    {
        let tracer = InMemoryTracer()
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 2)
        let store = try await fixture.open()
        try await withTracer(tracer) {
            #expect(try await store.signs(with: keys[0]))
            #expect(try await store.signs(with: keys[0]))
            _ = try await store.preloadDataKeys()
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName).sorted() == ["nodevault.preload", "nodevault.unwrap", "nodevault.unwrap"])
        for span in spans {
            var attributes: [String: SpanAttribute] = [:]
            span.attributes.forEach { attributes[$0] = $1 }
            if span.operationName == "nodevault.preload" {
                #expect(attributes == ["nodevault.data_keys": 2])
            } else {
                #expect(Set(attributes.keys) == ["nodevault.vault", "nodevault.data_key"])
                #expect(attributes["nodevault.vault"] == .string(store.vaultID.description))
            }
        }
    }
}
