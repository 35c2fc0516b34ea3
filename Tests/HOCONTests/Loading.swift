import Foundation
import HOCON

/// Resolves a text.
func load(_ text: String, environment: [String: String] = [:]) throws(HOCONError) -> HOCONObject {
    try HOCONLoader(environment: environment).load(text: Array(text.utf8), name: "test")
}

/// A text resolved and printed as JSON.
func json(_ text: String, environment: [String: String] = [:]) throws(HOCONError) -> String {
    try load(text, environment: environment).json()
}

/// The error that a text must end in.
func failure(_ text: String, environment: [String: String] = [:]) -> HOCONError? {
    do throws(HOCONError) {
        _ = try load(text, environment: environment)
        return nil
    } catch {
        return error
    }
}

/// A loader whose files are texts in memory.
func loader(_ files: [String: String], environment: [String: String] = [:]) -> HOCONLoader {
    HOCONLoader(environment: environment) { path, _ in
        let path = path.contains("..") ? URL(filePath: path).standardized.path : path
        return files[path].map { Array($0.utf8) }
    }
}

extension HOCONError {
    /// `line:column code`, for comparison in tests.
    var place: String { "\(line ?? 0):\(column ?? 0) \(code)" }
}
