import HOCON

/// Loads a file many times and prints the times in milliseconds: `hocon-benchmark FILE ROUNDS [json]`.
///
/// With `json` it prints the resolved data as JSON instead.
@main struct HOCONBenchmark {
    static func main() throws {
        var loader = HOCONLoader()
        loader.files = [CommandLine.arguments[1]]
        let rounds = Int(CommandLine.arguments[2]) ?? 1
        if CommandLine.arguments.contains("json") {
            print(try loader.load().json())
            return
        }
        var times: [Double] = []
        var keys = 0
        for _ in 0..<rounds {
            let elapsed = try ContinuousClock().measure { keys += try loader.load().keys.count }
            times.append(elapsed / .milliseconds(1))
        }
        precondition(keys > 0)
        print(times.map(\.description).joined(separator: " "))
    }
}
