// The standard library's `withUnsafeBytes` of arrays throws any error and returns only copyable values. These two keep
// the error's type.
extension [UInt8] {
    /// Runs `body` with the array's bytes.
    package func withBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try span.bytes.withUnsafeBytes(body)
    }

    /// Runs `body` with the array's bytes for writing.
    package mutating func withMutableBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        var span = mutableSpan
        var bytes = span.mutableBytes
        return try bytes.withUnsafeMutableBytes(body)
    }
}
