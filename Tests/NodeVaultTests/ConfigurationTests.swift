import AWSKMS
import HOCON
import KMSConformance
import KeyManagement
import SecretMemory
import Testing
import VaultStorage

@testable import NodeVault

@Suite struct ConfigurationTests {
    /// The example of Canton's documentation of AWS KMS, byte for byte.
    private static let cantonsExample = """
        canton.participants.participant1.crypto.kms {
        \ttype = aws
        \tregion = us-east-1
        \tmulti-region-key = false # optional, default is false
        \taudit-logging = false # optional, default is false
        }
        """

    @Test func `the example of Canton's documentation is taken as it stands`() throws {
        let configuration = try ConfigurationFixture(Self.cantonsExample).load()
        #expect(configuration.node.description == "participants.participant1")
        #expect(configuration.service?.kind == .aws && configuration.service?.aws?.region == "us-east-1")
        #expect(!configuration.newWrapperKey.isMultiRegion && !configuration.isAuditLogging)
        #expect(!configuration.isEncrypted && configuration.warnings.isEmpty)
    }

    @Test func `every key of Canton's is decoded`() throws {
        let configuration = try ConfigurationFixture(
            """
            canton.parameters.non-standard-config = yes
            canton.mediators.m.crypto {
              kms {
                type = aws, region = eu-central-1, multi-region-key = on, audit-logging = yes
                custom-tags { environment = test, team = 7 }
                endpoint-override = "https://proxy.example.com:8443", disable-ssl-verification = true
                retries {
                  failures { initial-delay = 1s, max-delay = "40.seconds", max-retries = 3 }
                  create-key-check { initial-delay = 0.2s, max-delay = 5 seconds, max-retries = 0 }
                }
              }
              private-key-store.encryption { type = kms, wrapper-key-id = alias/canton, reverted = no }
            }
            """
        ).load()
        let aws = try #require(configuration.service?.aws)
        #expect(aws.region == "eu-central-1" && aws.endpointOverride == "https://proxy.example.com:8443")
        #expect(aws.disablesSSLVerification)
        #expect(aws.retries == Backoff(initialDelay: .seconds(1), maxDelay: .seconds(40), maxRetries: 3))
        #expect(configuration.isAuditLogging && configuration.isEncrypted)
        #expect(
            configuration.newWrapperKey
                == WrapperKeyTemplate(tags: ["environment": "test", "team": "7"], isMultiRegion: true))
        #expect(
            configuration.options.newKeyCheck
                == Backoff(initialDelay: .milliseconds(200), maxDelay: .seconds(5), maxRetries: 0))
        #expect(configuration.wrapperKey?.rawValue == "alias/canton")
        #expect(configuration.options.trust.pinned == configuration.wrapperKey)
    }

    @Test func `every key of NodeVault's own is decoded`() throws {
        let fixture = try ConfigurationFixture(
            crypto: """
                kms { key-file = keys/the.kms, passphrase-file = /secret/passphrase, region = eu-west-1 }
                kms.timeouts { connect = 1s, attempt = 2s, operation = 7s }
                private-key-store {
                  encryption.trusted-accounts = ["111122223333"]
                  storage { type = sqlite, file = vaults/p.db, permissions = group }
                  data-keys { source = local, max-records = 5, max-age = 90 days }
                  cache { max-age = 10s, capacity = 7, arena-size = 128 KiB, minimum-memory-tier = memfd-secret }
                  cache { max-uses = 9, refresh-ahead = 2s, outage-grace = 3h, preload = yes }
                  audit.on-failure = continue
                }
                """)
        let (configuration, folder) = (try fixture.load(), fixture.folder.path)
        let service = try #require(configuration.service)
        #expect(service.kind == .local && service.local?.keyFile == "\(folder)/keys/the.kms")
        #expect(service.local?.passphraseFile == "/secret/passphrase")
        #expect(
            service.aws?.timeouts
                == AWSKMSConfiguration.Timeouts(connect: .seconds(1), attempt: .seconds(2), operation: .seconds(7)))
        #expect(configuration.vaultPath == "\(folder)/vaults/p.db" && configuration.continuesWithoutAudit)
        let options = configuration.options
        #expect(options.permissions == .group && options.dataKeySource == .local && options.maxRecordsPerDataKey == 5)
        #expect(options.dataKeyMaxAge == .seconds(90 * 86_400))
        #expect(options.cacheMaxAge == .seconds(10) && options.cacheCapacity == 7 && options.cacheMaxUses == 9)
        #expect(options.cacheRefreshAhead == .seconds(2) && options.cacheOutageGrace == .seconds(3 * 3600))
        #expect(options.preloadsDataKeys)
        #expect(options.arenaSizeInBytes == 128 << 10 && options.minimumMemoryTier == .memfdSecret)
        #expect(options.trust.accounts == ["111122223333"] && options.trust.localKeys == .trusted)
        #expect(options.newKeyTimeout == .seconds(7))
    }

    @Test(arguments: ConfigurationKey.all.filter { $0.defaultText != nil })
    func `a default that is written changes nothing`(_ key: ConfigurationKey) throws {
        let text = try #require(key.defaultText).replacing("NAME", with: "p")
        let both = "kms.region = eu-west-1, kms.key-file = other.kms"
        let crypto = key == .keyFile ? "kms.region = eu-west-1" : both
        let fixture = try ConfigurationFixture(crypto: crypto, "\(key) = \(text)")
        let left = try fixture.load()
        try fixture.write(crypto: crypto)
        let right = try fixture.load()
        #expect(left.isEquivalent(to: right))
        #expect(left.settings.map(\.normal) == right.settings.map(\.normal))
        #expect(right.origin(key.description) == "default")
        #expect(left.shown(key.description) != nil)
    }

    @Test func `the bounds of a key store alone are those of a configuration without any`() throws {
        let configured = try ConfigurationFixture(crypto: "").load().options
        #expect(configured.isEquivalent(to: KeyStoreOptions().with { $0.trust = configured.trust }))
    }

    @Test func `what is Canton's alone is left to Canton`() throws {
        let fixture = try ConfigurationFixture(
            crypto: """
                provider = jce
                signing { algorithms.default = ec-dsa-sha-256, keys { default = ec-p-256, allowed = [ec-p-256] } }
                encryption.keys.default = rsa-2048
                symmetric.default = x, hash.default = x, pbkdf.default = x
                session-signing-keys { enabled = true, key-validity-duration = 6m }
                parallelism.signature-verification-parallelism = 10
                """)
        #expect(try fixture.load().warnings.isEmpty)
    }

    @Test func `older spellings are taken with a warning each`() throws {
        let configuration = try ConfigurationFixture(
            """
            canton.participants-x.p.crypto {
              kms { type = local, session-signing-keys.enabled = true }
              private-key-store.encryption { type = kms, wrapper-key-id { str = "alias/x" } }
            }
            """
        ).load()
        #expect(configuration.wrapperKey?.rawValue == "alias/x")
        #expect(configuration.node == NodeName(kind: .participants, name: "p"))
        #expect(
            configuration.warnings.map(\.hint) == [
                "write canton.participants", "write crypto.session-signing-keys",
                "write private-key-store.encryption.wrapper-key-id = …",
            ])
    }

    @Test func `values keep where they come from`() throws {
        let fixture = try ConfigurationFixture(
            crypto: "kms.region = ${REGION}", "private-key-store.cache.capacity = 5")
        let configuration = try fixture.load(
            "canton.participants.p.crypto.kms.audit-logging=yes", environment: ["REGION": "eu-west-1"])
        #expect(configuration.origin("kms.region") == "environment variable REGION")
        #expect(configuration.origin("private-key-store.cache.capacity") == "\(fixture.file):5")
        #expect(configuration.origin("kms.audit-logging") == "override canton.participants.p.crypto.kms.audit-logging")
        #expect(configuration.origin("private-key-store.cache.max-age") == "default")
        #expect(configuration.shown("private-key-store.cache.max-age") == "\"5m\"")
    }
}

extension VaultConfiguration {
    fileprivate func isEquivalent(to other: VaultConfiguration) -> Bool {
        service == other.service && isEncrypted == other.isEncrypted && wrapperKey == other.wrapperKey
            && newWrapperKey == other.newWrapperKey && isAuditLogging == other.isAuditLogging
            && continuesWithoutAudit == other.continuesWithoutAudit && vaultPath == other.vaultPath
            && options.isEquivalent(to: other.options)
    }
}

extension KeyStoreOptions {
    fileprivate func isEquivalent(to other: KeyStoreOptions) -> Bool {
        permissions == other.permissions && cacheMaxAge == other.cacheMaxAge && cacheCapacity == other.cacheCapacity
            && arenaSizeInBytes == other.arenaSizeInBytes && minimumMemoryTier == other.minimumMemoryTier
            && dataKeySource == other.dataKeySource && maxRecordsPerDataKey == other.maxRecordsPerDataKey
            && dataKeyMaxAge == other.dataKeyMaxAge && newKeyCheck == other.newKeyCheck
            && newKeyTimeout == other.newKeyTimeout && trust == other.trust
    }
}
