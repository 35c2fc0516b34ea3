// swift-tools-version: 6.2
import PackageDescription

// What an audited line costs, beside the bare calls of the kernel.
let package = Package(
    name: "nodevault-audit-benchmark",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "nodevault", path: "../..")],
    targets: [
        .executableTarget(
            name: "audit-lines", dependencies: [.product(name: "NodeVault", package: "nodevault")])
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
