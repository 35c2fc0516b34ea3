import EnvelopeCrypto
import Foundation
import NodeKeys
import NodeVault
import SecretMemory

/// Runs one of NodeVault's operations in batches: for each line of standard input, a count, that many times; answers the
/// nanoseconds. `bare` does the same without NodeVault.
@main
struct Measured {
    static func main() async throws {
        prepareProcess()
        let arguments = CommandLine.arguments.dropFirst()
        guard let name = arguments.first else { throw Failure("name an operation and a configuration file") }
        let rest = Array(arguments.dropFirst())
        switch name {
        case "sign-ed25519": try await serve(Signing(rest, .ed25519))
        case "sign-p256": try await serve(Signing(rest, .ecP256))
        case "sign-hops": try await Hops.count(rest)
        case "open-record": try await serve(Opening(rest))
        case "import-ed25519": try await serve(Importing(rest))
        case "make-vault": try await makeVault(rest)
        default: throw Failure("no such operation: \(name)")
        }
    }

    private static func serve(_ operation: some Operation) async throws {
        print("ready")
        fflush(nil)
        while let count = readLine().flatMap({ Int($0) }) {
            try operation.prepare(count)
            let start = ContinuousClock.now
            try await operation.run(count)
            print(Int((ContinuousClock.now - start) / .nanoseconds(1)))
            fflush(nil)
        }
    }

    /// Makes a vault with a few keys, as a node has them, and prints the key id of the first.
    private static func makeVault(_ arguments: [String]) async throws {
        let keys = try await KeyStore.create(Vault.configuration(arguments), Vault.surroundings).keys
        let first = try await keys.generateKey(.ed25519, purpose: .signing, usages: [.namespace], name: "namespace")
        for scheme in [KeyScheme.ed25519, .ecP256, .ecP384, .ecSecp256k1] {
            _ = try await keys.generateKey(scheme, purpose: .signing, usages: [.protocol], name: "node-\(scheme)")
        }
        try await keys.close()
        print(first.keyID)
    }
}

/// Something whose time is taken.
protocol Operation: Sendable {
    /// Makes ready what `count` runs need; its time does not count.
    func prepare(_ count: Int) throws
    /// Does the operation `count` times.
    func run(_ count: Int) async throws
}

extension Operation {
    func prepare(_ count: Int) {}
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The vault that a configuration file names, with audit lines going nowhere.
enum Vault {
    static let surroundings = VaultConfiguration.Surroundings(environment: ["KMS_LOG_FILE_NAME": "/dev/null"])

    static func configuration(_ arguments: [String]) throws -> VaultConfiguration {
        guard let file = arguments.first else { throw Failure("name a configuration file") }
        return try VaultConfiguration.load(files: [file])
    }

    static func open(_ arguments: [String]) async throws -> KeyStore {
        try await KeyStore.open(configuration(arguments), surroundings)
    }
}
