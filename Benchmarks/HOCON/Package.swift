// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that measuring the HOCON room builds nothing else. `Sources/HOCON` links to the room.
let package = Package(
    name: "hocon-benchmark",
    targets: [
        .target(name: "HOCON"),
        .executableTarget(name: "hocon-benchmark", dependencies: ["HOCON"]),
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
