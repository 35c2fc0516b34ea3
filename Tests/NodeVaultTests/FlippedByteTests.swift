import Foundation
import KMSConformance
import NodeKeys
import Testing

@testable import NodeVault

/// Bytes of a vault's file, flipped one by one: no call crashes, and none gives a wrong answer.
@Suite struct FlippedByteTests {
    /// Every so many of the file's bytes are flipped; zeros, most of which are unused, more seldom.
    private static let (stride, strideOfZeros) = (31, 1499)

    @Test(arguments: [0, 1])
    func `a vault with one flipped byte works rightly or fails`(half: Int) async throws {
        let sample = try await SampleVault()
        let bytes = try sample.fixture.folder.read("vault")
        let positions = bytes.indices.filter { position in
            position.isMultiple(of: bytes[position] == 0 ? Self.strideOfZeros : Self.stride)
        }
        #expect(positions.count > 200)
        for (number, position) in positions.enumerated() where number % 2 == half {
            var flipped = bytes
            flipped[position] ^= [0x01, 0x80, 0xff, 0x10][number / 2 % 4]
            let path = sample.fixture.folder.file("flipped-\(position)")
            try sample.fixture.folder.write(flipped, to: "flipped-\(position)")
            await Self.check(sample, path, "byte \(position)")
            sample.remove(path)
        }
    }

    private static func check(_ sample: SampleVault, _ path: String, _ flip: String) async {
        // As it is opened by default: what opens is whole.
        if let store = try? await sample.open(path, .quiet) {
            #expect(await (try? store.keys())?.count == sample.keys.count, "\(flip)")
            #expect(await !sample.isFoundByVerify(store), "\(flip)")
            for key in sample.keys {
                #expect(await (try? store.exported(key)) == sample.pkcs8[key.keyID], "\(flip): \(key.keyID)")
            }
            try? await store.close()
        }
        // Without looking at every row first.
        if let store = try? await sample.open(path) {
            for key in sample.keys { #expect(await sample.neverLies(store, about: key), "\(flip): \(key.keyID)") }
            if let listed = try? await store.keys() { #expect(Set(listed) == Set(sample.keys), "\(flip)") }
            _ = try? await store.census()
            if let made = try? await store.generate() {
                #expect(await (try? store.signs(with: made)) != false, "\(flip)")
            }
            _ = try? await store.renameKey(sample.keys[0].keyID, to: "renamed")
            _ = try? await store.rewrap(to: .key(sample.otherWrapperKey))
            try? await store.deleteKey(sample.keys[1].keyID)
            try? await store.close()
        }
        // Unauthenticated: it may tell anything, but must not crash.
        if let inspector = try? await VaultInspector(at: path) {
            _ = try? await inspector.census()
            _ = try? await inspector.keys()
            _ = try? await inspector.key(sample.keys[0].keyID.description)
        }
    }
}
