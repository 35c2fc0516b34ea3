import HOCON

extension SectionReader {
    /// Reports every key that neither this version nor Canton reads, and those that Canton spells otherwise now.
    mutating func reportUnknownKeys() {
        for (path, now) in CantonKeys.deprecated {
            guard let value = value(path) else { continue }
            report(
                ConfigurationProblem(
                    .warning, at: value.origin, "crypto.\(path) is an older spelling of \(now)",
                    hint: "write \(now)"))
        }
        reportUnknownKeys(in: section.crypto, at: [])
    }

    private mutating func reportUnknownKeys(in object: HOCONObject, at prefix: [String]) {
        for field in object.fields {
            let here = prefix + [field.key]
            if isKnown(here) { continue }
            if Self.known.contains(where: { $0.starts(with: here) }) {
                // What is no object here was reported by the keys below it.
                if case .object(let inner) = field.value.content { reportUnknownKeys(in: inner, at: here) }
                continue
            }
            // A section that is Canton's as a whole is one mistake, and not as many as it has keys.
            if here.first == "kms", hasForeignService { continue }
            let siblings = Set(Self.known.filter { $0.starts(with: prefix) }.map { $0[prefix.count] })
            let nearest = NearestMatch.of(field.key, among: siblings.sorted())
            report(
                ConfigurationProblem(
                    at: field.keyOrigin, "crypto.\(HOCONPath(here)) is not known to this version",
                    hint: nearest.map { "did you mean \($0)?" } ?? "remove it"))
        }
    }

    private static let known =
        ConfigurationKey.all.map(\.path.elements) + CantonKeys.sections.map(\.elements)
        + CantonKeys.deprecated.map(\.path.elements)

    private func isKnown(_ path: [String]) -> Bool { Self.known.contains(path) }

    private var hasForeignService: Bool {
        guard let type = value(ConfigurationKey.kmsType.path), let word = try? type.string() else { return false }
        return CantonKeys.foreignServices.contains(word)
    }
}
