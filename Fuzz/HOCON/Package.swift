// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the room is built with the fuzzer's instrumentation. `Sources/HOCON` links to the room.
let package = Package(
    name: "hocon-fuzz",
    targets: [
        .target(name: "HOCON", swiftSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
        .executableTarget(
            name: "hocon-fuzz",
            dependencies: ["HOCON"],
            swiftSettings: [.unsafeFlags(["-sanitize=address"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)
