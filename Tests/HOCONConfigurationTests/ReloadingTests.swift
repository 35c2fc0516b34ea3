import Configuration
import Foundation
import HOCONConfiguration
import Logging
import ServiceLifecycle
import Testing

@Suite struct ReloadingTests {
    @Test(.timeLimit(.minutes(1))) func `a changed file gives a new snapshot`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("http { port = 8080 }", to: "server.conf")
        let location = ConfigReader(
            provider: InMemoryProvider(values: [
                "filePath": ConfigValue(.string(path), isSecret: false), "pollIntervalSeconds": 1,
            ]))
        let provider = try await ReloadingFileProvider<HOCONSnapshot>(config: location)
        let reader = ConfigReader(provider: provider)
        #expect(reader.int(forKey: "http.port") == 8080)
        let services = ServiceGroup(services: [provider], logger: Logger(label: "test"))
        async let running: Void = services.run()
        let port = try await reader.watchSnapshot { snapshots -> Int? in
            for await snapshot in snapshots {
                let port = snapshot.int(forKey: "http.port")
                if port != 8080 { return port }
                _ = try folder.write("base = 9, http { port = ${base}090 }", to: "server.conf")
            }
            return nil
        }
        #expect(port == 9090)
        await services.triggerGracefulShutdown()
        try await running
    }
}
