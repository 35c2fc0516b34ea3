import Configuration
import ConfigurationTesting
import Foundation
import HOCON
import HOCONConfiguration
import Testing

/// A folder that is deleted with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "hocon-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}

/// Makes a file provider of a text.
func fileProvider(
    _ text: String, options: HOCONSnapshot.ParsingOptions = .default, in folder: TemporaryFolder
) async throws -> FileProvider<HOCONSnapshot> {
    let path = try folder.write(text, to: "server.conf")
    let location = ConfigReader(
        provider: InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)]))
    return try await FileProvider<HOCONSnapshot>(parsingOptions: options, config: location)
}

@Suite struct HOCONSnapshotTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let conformanceText = """
        string = Hello, int = 42, double = 3.14, bool = yes, bytes = "bWFnaWM="
        stringy.array = [Hello, World], inty.array = [42, 24], doubly.array = [3.14, 2.72]
        booly.array = [true, false], byteChunky.array = ["bWFnaWM=", "bWFnaWMy"]
        other {
            string = ${prefix} Hello
            int = 24, double = 2.72, bool = off, bytes = "bWFnaWMy"
            stringy.array = [Hello, Swift]
            inty.array { 0 = 16, 1 = 32 }
            doubly.array = [0.9, 1.8]
            booly.array = [no, on, true]
            byteChunky.array = ${byteChunky.array} ["bWFnaWM="]
        }
        prefix = Other
        """

    @Test func `a HOCON file passes the conformance suite of providers`() async throws {
        let provider = try await fileProvider(Self.conformanceText, in: folder)
        try await ProviderCompatTest(provider: provider).runTest()
    }

    @Test func `keys with dots are components of their own`() async throws {
        let provider = try await fileProvider("a.\"b.c\" = 1", in: folder)
        #expect(try provider.value(forKey: AbsoluteConfigKey(["a", "b.c"]), type: .int).value?.content == .int(1))
        #expect(try provider.value(forKey: AbsoluteConfigKey(["a", "b", "c"]), type: .int).value == nil)
    }

    @Test func `a value of another type is an error, null and absence are none`() async throws {
        let provider = try await fileProvider("a = \"no base64!\", b = null, c = [1]", in: folder)
        #expect {
            try provider.value(forKey: AbsoluteConfigKey(["a"]), type: .int)
        } throws: { ($0 as? HOCONError)?.code == .badValue }
        #expect {
            try provider.value(forKey: AbsoluteConfigKey(["c"]), type: .string)
        } throws: { ($0 as? HOCONError)?.code == .wrongType }
        #expect {
            try provider.value(forKey: AbsoluteConfigKey(["a"]), type: .bytes)
        } throws: { ($0 as? HOCONError)?.code == .badValue }
        #expect(try provider.value(forKey: AbsoluteConfigKey(["b"]), type: .int).value == nil)
        #expect(try provider.value(forKey: AbsoluteConfigKey(["d"]), type: .int).value == nil)
    }

    @Test func `values of secret keys are marked and redacted`() async throws {
        let options = HOCONSnapshot.ParsingOptions(secretsSpecifier: .specific(["plain.hidden"]))
        let provider = try await fileProvider(
            "db.password = hunter2, plain { hidden = x1, shown = x2 }", options: options, in: folder)
        #expect(
            try provider.value(forKey: AbsoluteConfigKey(["db", "password"]), type: .string).value?.isSecret == true)
        #expect(
            try provider.value(forKey: AbsoluteConfigKey(["plain", "hidden"]), type: .string).value?.isSecret == true)
        #expect(
            try provider.value(forKey: AbsoluteConfigKey(["plain", "shown"]), type: .string).value?.isSecret == false)
        let text = provider.debugDescription
        #expect(!text.contains("hunter2") && !text.contains("x1") && text.contains("plain.shown=\"x2\""))
        #expect(provider.description.hasSuffix("[3 values]"))
    }

    @Test func `includes start in the directory of the options, and the environment is the options'`() async throws {
        _ = try folder.write("x = ${?NAME}", to: "more.conf")
        let options = HOCONSnapshot.ParsingOptions(directory: folder.path, environment: ["NAME": "n"])
        let reader = ConfigReader(provider: try await fileProvider("include \"more\"", options: options, in: folder))
        #expect(reader.string(forKey: "x") == "n")
        await #expect {
            try await fileProvider("include \"more\"", in: folder)
        } throws: { ($0 as? HOCONError)?.code == .unsupportedInclude }
    }

    @Test func `limits are the options'`() async throws {
        var options = HOCONSnapshot.ParsingOptions()
        options.limits.maximumDepth = 2
        await #expect {
            try await fileProvider("a.b.c.d = 1", options: options, in: folder)
        } throws: { ($0 as? HOCONError)?.code == .limitExceeded }
    }

    @Test func `a syntax error stops the provider with its place`() async throws {
        await #expect {
            try await fileProvider("a = 1\nb = @", in: folder)
        } throws: { ($0 as? HOCONError)?.line == 2 }
    }
}
