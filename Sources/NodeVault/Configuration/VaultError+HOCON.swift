import Foundation
package import HOCON

extension VaultError {
    /// What is wrong with a configuration, with file, line and column. As in every room, what follows the last `; ` of a
    /// message is what to do.
    package init(_ error: HOCONError) {
        let text = error.description
        let end = text.range(of: "; ", options: .backwards)
        self.init(
            error.code == .fileNotFound ? .configurationMissing : .configuration, operation: "config",
            message: end.map { String(text[..<$0.lowerBound]) } ?? text,
            hint: end.map { String(text[$0.upperBound...]) }, cause: error)
    }
}
