// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "signing-node",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "signing-node", targets: ["SigningNode"])],
    dependencies: [
        .package(name: "nodevault", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "SigningNode",
            dependencies: [
                .product(name: "NodeVault", package: "nodevault"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            // As the vault's own command: lazy binding would spill vector registers, and with them secrets, onto the stack.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])])
    ]
)
