/// The bounds within which a configuration is read, so that no file can exhaust time, memory or the stack.
public struct HOCONLimits: Hashable, Sendable {
    /// The bytes of all files and overrides together. Default: 16 MiB, a thousand times a large configuration.
    public var maximumSizeInBytes = 16 << 20
    /// How deep objects, lists, path elements and chains of substitutions may nest. Default: 256, far above what configurations
    /// need and far below what a thread's stack holds.
    public var maximumDepth = 256
    /// How deep files may include each other. Default: 50, as in Lightbend's implementation.
    public var maximumIncludeDepth = 50
    /// How many files may be read. Default: 1000.
    public var maximumFiles = 1_000
    /// How much substitution may do, in values copied or merged and blocks of eight bytes of text joined. Default: 10 million,
    /// which takes a few seconds and less than a gigabyte.
    public var maximumExpansion = 10_000_000

    /// The default limits.
    public init() {}
}
