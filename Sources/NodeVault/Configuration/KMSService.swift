public import AWSKMS
import HOCON
public import KeyManagement

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
        /// How calls that failed are tried again.
        public let retries: Backoff
        /// Whether any certificate is taken.
        public let disablesSSLVerification: Bool
        /// Whether endpoints without TLS are taken, which leave the machine.
        public let allowsPlainHTTP: Bool
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

    /// Decodes `kms`; nil where the node has none, or none that is right.
    init?(_ reader: inout SectionReader) {
        let type = reader.string(.kmsType)
        if !reader.isWritten(.kmsType), reader.value("kms") != nil {
            reader.report("kms", "kms has no type", hint: "set type = aws or local")
        }
        let kind = type.flatMap(Kind.init(rawValue:))
        aws = AWS(&reader, isNeeded: kind == .aws)
        local = Local(&reader, isNeeded: kind == .local)
        guard let kind else { return nil }
        self.kind = kind
        if kind == .local, !reader.isWritten(.region) {
            reader.reportStrays(in: .aws, "for AWS KMS", hint: "set kms.region, or remove it")
        }
        if kind == .aws, !reader.isWritten(.keyFile) {
            reader.reportStrays(in: .local, "for LocalKMS", hint: "set kms.key-file, or remove it")
        }
    }
}

extension KMSService.AWS {
    fileprivate init?(_ reader: inout SectionReader, isNeeded: Bool) {
        let region = reader.string(.region)
        endpointOverride = reader.string(.endpointOverride)
        var timeouts = AWSKMSConfiguration.Timeouts()
        if let connect = reader.duration(.connectTimeout) { timeouts.connect = connect }
        if let attempt = reader.duration(.attemptTimeout) { timeouts.attempt = attempt }
        if let operation = reader.duration(.operationTimeout) { timeouts.operation = operation }
        self.timeouts = timeouts
        retries = reader.backoff(ConfigurationKey.failures, default: .failures)
        disablesSSLVerification = reader.boolean(.disableSSLVerification) ?? false
        if disablesSSLVerification, !reader.section.allowsNonStandardConfiguration {
            reader.report(
                ConfigurationKey.disableSSLVerification.path,
                "kms.disable-ssl-verification lets whoever is between here and the KMS read data keys",
                hint: "remove it; if it is meant, set canton.parameters.non-standard-config = yes")
        }
        allowsPlainHTTP = reader.section.allowsNonStandardConfiguration
        if let endpointOverride, !allowsPlainHTTP, !AWSKMSConfiguration.isProtected(endpointOverride) {
            reader.report(
                ConfigurationKey.endpointOverride.path,
                "kms.endpoint-override is not encrypted: whoever is between here and the KMS reads data keys",
                hint: "use https; if it is meant, set canton.parameters.non-standard-config = yes")
        }
        guard let region else {
            if isNeeded, !reader.isWritten(.region) {
                reader.report(
                    ConfigurationKey.kmsType.path, "kms.region is missing: AWS KMS needs one", hint: "set kms.region")
            }
            return nil
        }
        self.region = region
    }
}

extension KMSService.Local {
    fileprivate init?(_ reader: inout SectionReader, isNeeded: Bool) {
        let keyFile = reader.path(.keyFile)
        passphraseFile = reader.path(.passphraseFile)
        machineKeyFile = reader.path(.machineKeyFile)
        if passphraseFile != nil, machineKeyFile != nil {
            reader.report(
                ConfigurationKey.machineKeyFile.path, "kms has a passphrase-file and a machine-key-file",
                hint: "remove one: a key file is sealed by either")
        }
        guard isNeeded || keyFile != nil else { return nil }
        self.keyFile = keyFile ?? reader.paths.resolve("\(reader.section.node.name).kms", from: nil)
    }
}

extension SectionReader {
    mutating func backoff(_ keys: BackoffKeys, default standard: Backoff) -> Backoff {
        var backoff = standard
        if let delay = duration(keys.initialDelay) { backoff.initialDelay = delay }
        if let delay = duration(keys.maxDelay) { backoff.maxDelay = delay }
        if let count = integer(keys.maxRetries) { backoff.maxRetries = count }
        return backoff
    }

    /// Reports keys that are written though nothing here reads them.
    fileprivate mutating func reportStrays(in scope: ConfigurationKey.Scope, _ meaning: String, hint: String) {
        for key in ConfigurationKey.all where key.scope == scope {
            if isWritten(key) { report(key.path, "\(key) is \(meaning), which is not configured", hint: hint) }
        }
    }
}
