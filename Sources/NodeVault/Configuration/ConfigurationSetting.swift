public import HOCON
import KMSAudit
import KeyManagement

/// A key with the value that is in force: the one that is written, or the default.
public struct ConfigurationSetting: Sendable {
    /// The key.
    public let key: ConfigurationKey
    /// The value, and where it is written: `default` where it is not.
    public let value: HOCONValue
    /// The value in one spelling only: `5m` and `300 s` are the same.
    let normal: String
}

extension VaultConfiguration {
    /// Every key that has a value and a meaning for this node, in the order of the documentation.
    public var settings: [ConfigurationSetting] {
        ConfigurationKey.all.compactMap { key in
            let written = (try? crypto.value(at: key.path)).flatMap { $0.isNull ? nil : $0 }
            guard let value = written ?? (isInForce(key) ? defaultValue(of: key) : nil) else { return nil }
            return ConfigurationSetting(key: key, value: value, normal: normal(value, key))
        }
    }

    private func isInForce(_ key: ConfigurationKey) -> Bool {
        switch key.scope {
        case .always: true
        case .encrypted: isEncrypted
        case .service: service != nil
        case .aws: service?.aws != nil
        case .local: service?.local != nil
        }
    }

    private func defaultValue(of key: ConfigurationKey) -> HOCONValue? {
        let origin = HOCONOrigin(.text("default"))
        switch key {
        case .storageFile: return HOCONValue(.string(vaultPath), origin: origin)
        case .keyFile: return service?.local.map { HOCONValue(.string($0.keyFile), origin: origin) }
        default:
            guard let text = key.defaultText else { return nil }
            let parsed = try? HOCONLoader().load(text: Array("value = \(text)".utf8), name: "default")
            return parsed?["value"].map { HOCONValue($0.content, origin: origin) }
        }
    }

    private func normal(_ value: HOCONValue, _ key: ConfigurationKey) -> String {
        let text: String? =
            switch key.type {
            case .boolean: (try? value.boolean())?.description
            case .integer: (try? value.integer())?.description
            case .duration: (try? value.duration())?.description
            case .size: (try? value.sizeInBytes())?.description
            case .path: path(of: key)
            case .wrapperKey: wrapperKey?.rawValue
            case .region, .url, .choice: try? value.string()
            case .accounts: (try? value.strings())?.sorted().description
            case .tags: newWrapperKey.tags.sorted { $0.key < $1.key }.description
            }
        return text ?? value.json()
    }

    private func path(of key: ConfigurationKey) -> String? {
        switch key {
        case .storageFile: vaultPath
        case .keyFile: service?.local?.keyFile
        case .passphraseFile: service?.local?.passphraseFile
        case .machineKeyFile: service?.local?.machineKeyFile
        case .auditSecondFile: audit.secondFileName
        default: nil
        }
    }
}
