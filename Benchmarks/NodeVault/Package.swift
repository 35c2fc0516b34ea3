// swift-tools-version: 6.2
import PackageDescription

// What NodeVault's speed is compared with, and the programs that compare. `../run.sh` builds and runs them.
let package = Package(
    name: "nodevault-benchmark",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "nodevault", path: "../..")],
    targets: [
        // In C, without a line of ours: OpenSSL and SQLite as one would call them by hand.
        .executableTarget(
            name: "bare",
            linkerSettings: [.linkedLibrary("crypto"), .linkedLibrary("sqlite3")]),
        .executableTarget(name: "empty-program"),
        .executableTarget(
            name: "measured",
            dependencies: [.product(name: "NodeVault", package: "nodevault")],
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.name != "bare" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
