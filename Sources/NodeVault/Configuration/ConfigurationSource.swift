import HOCON
import VaultStorage

/// What a configuration is read from.
struct ConfigurationSource: Sendable {
    var files: [String]
    var overrides: [String]
    var environment: [String: String]

    /// Relative paths that no file names begin beside the last file.
    var paths: PathResolver { PathResolver(defaultFolder: files.last.map(VaultFile.folder) ?? ".") }

    /// All of it, merged and resolved.
    func root() throws(HOCONError) -> HOCONObject { try loader.load() }

    /// As ``root()``, without the substitutions that stand for nothing: those are what is wrong.
    func root(noting problems: inout [ConfigurationProblem]) throws(HOCONError) -> HOCONObject {
        var unresolved = [HOCONError]()
        defer { problems += unresolved.map(ConfigurationProblem.init) }
        return try loader.load(collecting: &unresolved)
    }

    /// What is wrong with each file and each override by itself: ``root()`` tells the first of all.
    func problems() -> [ConfigurationProblem] {
        var parts = files.map { ConfigurationSource(files: [$0], overrides: [], environment: environment) }
        parts += overrides.map { ConfigurationSource(files: [], overrides: [$0], environment: environment) }
        return parts.compactMap { part -> ConfigurationProblem? in
            do throws(HOCONError) {
                _ = try part.root()
                return nil
            } catch {
                // What a part refers to may be in another one.
                return Self.whatWholeMends.contains(error.code) ? nil : ConfigurationProblem(error)
            }
        }
    }

    private var loader: HOCONLoader {
        var loader = HOCONLoader(environment: environment)
        loader.files = files
        loader.overrides = overrides
        return loader
    }

    private static let whatWholeMends: Set<HOCONError.Code> = [
        .unresolvedSubstitution, .substitutionCycle, .concatenation,
    ]
}
