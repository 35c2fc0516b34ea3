// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "nodevault",
    platforms: [.macOS(.v26)],
    products: [
        .library(
            name: "NodeVault",
            targets: ["NodeVault", "AWSKMS", "NodeKeys", "KMSAudit", "KeyManagement", "SecretMemory"]),
        .library(name: "KMSAuditTesting", targets: ["KMSAuditTesting"]),
        .library(name: "HOCON", targets: ["HOCON"]),
        .library(name: "HOCONConfiguration", targets: ["HOCONConfiguration"]),
        .executable(name: "nodevault", targets: ["NodeVaultCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: ["Reloading"]),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-service-context", from: "1.5.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        // The system's libraries.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The rooms, from the ground up. Each imports only rooms below it.
        .target(name: "SecretMemory", dependencies: ["CLinux", "COpenSSL"]),
        .target(name: "EnvelopeCrypto", dependencies: ["COpenSSL", "SecretMemory"]),
        .target(name: "NodeKeys", dependencies: ["COpenSSL", "SecretMemory"]),
        .target(name: "KeyManagement", dependencies: ["CLinux", "COpenSSL", "SecretMemory", "EnvelopeCrypto"]),
        .target(
            name: "KMSAudit",
            dependencies: [
                "CLinux", "CZlib", "KeyManagement", "SecretMemory", .product(name: "Logging", package: "swift-log"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
            ]),
        .target(name: "KMSAuditTesting", dependencies: ["KMSAudit", "KeyManagement"]),
        .target(
            name: "AWSKMS", dependencies: ["CCurl", "COpenSSL", "EnvelopeCrypto", "KeyManagement", "SecretMemory"]),
        .target(name: "HOCON"),
        .target(
            name: "HOCONConfiguration",
            dependencies: ["HOCON", .product(name: "Configuration", package: "swift-configuration")]),
        .target(
            name: "Migrations", path: "Migrations", resources: [.embedInCode("V0001_initial.sql")]),
        .target(
            name: "VaultStorage",
            dependencies: [
                "CLinux", "EnvelopeCrypto", "Migrations", "SecretMemory", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "NodeVault",
            dependencies: [
                "AWSKMS", "EnvelopeCrypto", "HOCON", "KMSAudit", "KeyManagement", "NodeKeys", "SecretMemory",
                "VaultStorage", .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        .executableTarget(
            name: "NodeVaultCommand",
            dependencies: [
                "AWSKMS", "EnvelopeCrypto", "HOCON", "KMSAudit", "KeyManagement", "NodeKeys", "NodeVault",
                "SecretMemory", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            // Lazy binding would spill vector registers, and with them secrets, onto the stack.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]),

        // Tests, one a room.
        .testTarget(name: "SecretMemoryTests", dependencies: ["SecretMemory"]),
        .testTarget(name: "NodeKeysTests", dependencies: ["COpenSSL", "NodeKeys", "SecretMemory"]),
        .testTarget(
            name: "EnvelopeCryptoTests", dependencies: ["EnvelopeCrypto", "SecretMemory"], exclude: ["Vectors"]),
        .target(
            name: "KMSConformance", dependencies: ["EnvelopeCrypto", "KeyManagement", "SecretMemory"],
            path: "Tests/KMSConformance"),
        .testTarget(
            name: "KeyManagementTests",
            dependencies: ["EnvelopeCrypto", "KMSConformance", "KeyManagement", "SecretMemory"],
            exclude: ["open_local_kms.py"]),
        .testTarget(
            name: "AWSKMSTests",
            dependencies: ["AWSKMS", "EnvelopeCrypto", "KMSConformance", "KeyManagement", "SecretMemory"],
            exclude: ["Servers"]),
        .testTarget(
            name: "KMSAuditTests",
            dependencies: [
                "KMSAudit", "KMSAuditTesting", "KMSConformance", "KeyManagement", "SecretMemory",
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
            ]),
        .target(
            name: "VaultTestSupport", dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            path: "Tests/VaultTestSupport"),
        .testTarget(
            name: "VaultStorageTests",
            dependencies: [
                "EnvelopeCrypto", "KMSConformance", "Migrations", "SecretMemory", "VaultStorage", "VaultTestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "NodeVaultTests",
            dependencies: [
                "AWSKMS", "EnvelopeCrypto", "HOCON", "KMSAudit", "KMSConformance", "KeyManagement", "NodeKeys",
                "NodeVault", "SecretMemory", "VaultStorage", "VaultTestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        .testTarget(name: "HOCONTests", dependencies: ["HOCON"], exclude: ["Corpus"]),
        .testTarget(
            name: "HOCONConfigurationTests",
            dependencies: [
                "HOCON", "HOCONConfiguration", .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ConfigurationTesting", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
