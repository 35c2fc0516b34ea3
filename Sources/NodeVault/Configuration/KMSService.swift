public import AWSKMS
import HOCON
import KeyManagement

/// The key-management service of a configuration: AWS KMS, LocalKMS, or one of them with the other within reach, for a
/// vault that moves.
public struct KMSService: Sendable, Equatable {
    /// The kinds that this version speaks to.
    public enum Kind: String, Sendable, CaseIterable {
        /// AWS KMS.
        case aws
        /// LocalKMS, the embedded one.
        case local
    }

    /// How AWS KMS is reached.
    public struct AWS: Sendable, Equatable {
        /// Where keys live that no ARN names: `eu-central-1`.
        public let region: String
        /// A URL in place of the region's endpoint.
        public let endpointOverride: String?
        /// How long calls may take.
        public let timeouts: AWSKMSConfiguration.Timeouts
        /// Whether any certificate is taken.
        public let disablesSSLVerification: Bool
    }

    /// Where LocalKMS keeps its wrapper keys.
    public struct Local: Sendable, Equatable {
        /// The file of wrapper keys.
        public let keyFile: String
        /// Its passphrase, where the configuration names a file of it.
        public let passphraseFile: String?
        /// Its machine key, where the configuration names a file of it.
        public let machineKeyFile: String?
    }

    /// Which KMS new wrapper keys, key ids and aliases are of.
    public let kind: Kind
    /// AWS KMS; nil where no region is configured.
    public let aws: AWS?
    /// LocalKMS; nil where `kind` is `aws` and no key file is configured.
    public let local: Local?

    /// Decodes `kms`; nil where the node has none.
    init?(_ reader: inout SectionReader, _ paths: PathResolver, _ node: NodeName) throws {
        let words = Kind.allCases.map(\.rawValue)
        let type = try reader.choice("kms.type", words, refused: ["gcp", "driver"])
        guard let kind = type.flatMap(Kind.init(rawValue:)) else {
            if let stray = reader.value("kms") {
                throw reader.failure(stray.origin, "kms has no type: set type = local or aws")
            }
            return nil
        }
        self.kind = kind
        aws = try AWS(&reader, isNeeded: kind == .aws)
        local = try Local(&reader, paths, node, isNeeded: kind == .local)
    }
}

extension KMSService.AWS {
    fileprivate init?(_ reader: inout SectionReader, isNeeded: Bool) throws {
        let region = try reader.string("kms.region")
        endpointOverride = try reader.string("kms.endpoint-override")
        var timeouts = AWSKMSConfiguration.Timeouts()
        if let connect = try reader.duration("kms.timeouts.connect") { timeouts.connect = connect }
        if let attempt = try reader.duration("kms.timeouts.attempt") { timeouts.attempt = attempt }
        if let operation = try reader.duration("kms.timeouts.operation") { timeouts.operation = operation }
        self.timeouts = timeouts
        disablesSSLVerification = try reader.boolean("kms.disable-ssl-verification") ?? false
        if disablesSSLVerification, !reader.allowsNonStandardConfiguration {
            throw reader.failure(
                at: "kms.disable-ssl-verification",
                "kms.disable-ssl-verification lets whoever is between here and the KMS read data keys; if this is meant, "
                    + "set canton.parameters.non-standard-config = yes")
        }
        guard let region else {
            guard isNeeded else {
                for key in ["endpoint-override", "timeouts", "disable-ssl-verification"] {
                    guard let stray = reader.value(HOCONPath(["kms", key])) else { continue }
                    throw reader.failure(stray.origin, "kms.\(key) is for AWS KMS: set kms.region, or remove it")
                }
                return nil
            }
            throw reader.failure(at: "kms", "kms.region is missing: AWS KMS needs a region")
        }
        self.region = region
    }
}

extension KMSService.Local {
    fileprivate init?(
        _ reader: inout SectionReader, _ paths: PathResolver, _ node: NodeName, isNeeded: Bool
    ) throws {
        let keyFile = try reader.path("kms.key-file", paths)
        passphraseFile = try reader.path("kms.passphrase-file", paths)
        machineKeyFile = try reader.path("kms.machine-key-file", paths)
        guard passphraseFile == nil || machineKeyFile == nil else {
            throw reader.failure(
                at: "kms", "kms has a passphrase-file and a machine-key-file: a key file is sealed by one of them")
        }
        guard isNeeded || keyFile != nil else {
            for key in ["passphrase-file", "machine-key-file"] {
                guard let stray = reader.value(HOCONPath(["kms", key])) else { continue }
                throw reader.failure(stray.origin, "kms.\(key) is for LocalKMS: set kms.key-file, or remove it")
            }
            return nil
        }
        self.keyFile = keyFile ?? paths.resolve("\(node.name).kms", from: nil)
    }
}
