import Glibc

/// Paths that stay the same file when the process changes its working folder later.
package enum AbsolutePath {
    /// The path from the root; nil when it is empty, has a zero byte, or the working folder is gone.
    package static func of(_ path: String) -> String? {
        guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
