import Foundation

/// Does nothing but start: Foundation is loaded, and one call of it keeps the linker from dropping it.
@main
struct EmptyProgram {
    static func main() { precondition(ProcessInfo.processInfo.processIdentifier > 0) }
}
