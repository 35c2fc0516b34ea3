import HOCON

/// libFuzzer's target: parses and resolves any bytes, with itself as every included file.
///
/// Besides not crashing it must keep two promises: what it accepts can be printed as JSON and read again with the same meaning, and
/// an error has a message.
@main struct HOCONFuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments, testOneInput)
    }
}

/// The driver of libFuzzer, which has no header.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: size))
    var loader = HOCONLoader(environment: ["HOME": "/root", "LIST_0": "a"]) { path, _ in
        path.hasSuffix(".conf") && path.utf8.count < 40 ? bytes : nil
    }
    loader.limits.maximumExpansion = 20_000
    loader.limits.maximumSizeInBytes = 64 << 10
    loader.limits.maximumFiles = 20
    do throws(HOCONError) {
        let first = try loader.load(text: bytes, name: "fuzz", directory: "/fuzz")
        loader.limits = HOCONLimits()
        let again = try loader.load(text: Array(first.json().utf8), name: "json")
        precondition(again.json() == first.json(), "printed JSON means something else than what was read")
    } catch {
        precondition(!error.message.isEmpty)
    }
    return 0
}
