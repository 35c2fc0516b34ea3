import ArgumentParser
import Dispatch
import Foundation
import NodeVault

/// A small node: opens the vault named in its configuration and signs for whoever may open its socket.
@main
struct SigningNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing-node", abstract: "Signs with vaulted keys over a Unix socket, one request a line.",
        usage: "signing-node -c participant1.conf --socket /run/signing-node.socket")

    @Option(name: .customShort("c"), help: ArgumentHelp("The node's configuration file.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("Where to listen; only the node's user may connect.", valueName: "path"))
    var socket: String

    static func main() async {
        // First of all, before OpenSSL allocates anything.
        prepareProcess()
        do {
            let command = try parse()
            try await command.run()
        } catch let error as VaultError {
            FileHandle.standardError.write(Data("signing-node: error: \(error.message)\n".utf8))
            Foundation.exit(1)
        } catch { exit(withError: error) }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try VaultConfiguration.load(files: files, environment: environment)
        let keys = try await KeyStore.open(configuration, .init(environment: environment))
        let listener = try Listener(path: socket)
        let service = SigningService(keys: keys)
        // Each client has a thread that reads its lines, and a task that answers them in order.
        listener.start { client in
            Task {
                for await line in client.lines { client.write(await service.answer(line)) }
                client.close()
            }
        }
        print("listening on \(socket)")
        await Self.terminationSignal()
        listener.stop()
        try await keys.close()
    }

    /// Returns when the process is asked to end.
    private static func terminationSignal() async {
        signal(SIGTERM, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        let sources = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }
}
