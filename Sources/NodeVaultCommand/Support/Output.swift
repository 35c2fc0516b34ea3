import Foundation
import Glibc

/// Standard output: results alone.
enum StandardOutput {
    static func write(_ line: String) throws { try write(bytes: Array(line.utf8) + [UInt8(ascii: "\n")]) }

    static func write(bytes: [UInt8]) throws {
        try FileDescriptor.writeAll(bytes.span.bytes, to: STDOUT_FILENO, "standard output")
    }
}

/// Standard error: everything that is no result.
enum StandardError {
    static func write(_ line: String) { show(line + "\n") }

    static func show(_ text: String) {
        // Where even this fails there is nobody left to tell.
        try? FileDescriptor.writeAll(Array(text.utf8).span.bytes, to: STDERR_FILENO, "standard error")
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Writing to descriptors.
enum FileDescriptor {
    /// Fills the standard descriptors that the caller closed, so that no file of the vault is opened under their numbers
    /// and written in their stead. Reading standard input, or writing the others, fails then, as it should.
    static func occupyStandardOnes() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", mode)
        }
    }

    static func writeAll(_ bytes: RawSpan, to descriptor: Int32, _ name: String) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw CommandError(
                        code: "input-output", operation: "write",
                        message: "\(name) cannot be written: \(String(cString: strerror(errno)))",
                        hint: "check the disk and the permissions", exitStatus: .inputOutput)
                }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// Prints the result in the format asked for.
func printResult(_ options: GlobalOptions, json: @autoclosure () -> JSON, text: @autoclosure () -> String) throws {
    try StandardOutput.write(options.format == .json ? json().text : text())
}

/// Microseconds since 1970 UTC as ISO 8601 with six decimals.
func iso8601(_ microseconds: Int64) -> String {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let seconds = remainder < 0 ? quotient - 1 : quotient
    var instant = time_t(seconds)
    var parts = tm()
    gmtime_r(&instant, &parts)
    let fraction = String(microseconds &- seconds &* 1_000_000)
    func padded(_ number: Int32, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return padded(parts.tm_year + 1900, 4) + "-" + padded(parts.tm_mon + 1, 2) + "-" + padded(parts.tm_mday, 2) + "T"
        + padded(parts.tm_hour, 2) + ":" + padded(parts.tm_min, 2) + ":" + padded(parts.tm_sec, 2) + "."
        + String(repeating: "0", count: 6 - fraction.count) + fraction + "Z"
}
