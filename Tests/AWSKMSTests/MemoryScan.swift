import Glibc
import SecretMemory

/// Finds copies of a secret in this process's ordinary memory: what is written and has no file behind, without the
/// arena.
enum MemoryScan {
    /// How often all of the secret lies there.
    static func count(of secret: SecretBox) -> Int {
        secret.secret.withExposedBytes { span in
            span.withUnsafeBytes { needle in
                ranges(without: Int(bitPattern: needle.baseAddress)).reduce(0) { $0 + hits(of: needle, in: $1) }
            }
        }
    }

    private static func hits(of needle: UnsafeRawBufferPointer, in range: Range<Int>) -> Int {
        guard let wanted = needle.baseAddress else { return 0 }
        let first = Int32(wanted.load(as: UInt8.self))
        let end = range.upperBound - needle.count
        var hits = 0
        var next = range.lowerBound
        while next <= end, let start = UnsafeRawPointer(bitPattern: next),
            let here = memchr(start, first, end - next + 1)
        {
            hits += memcmp(here, wanted, needle.count) == 0 ? 1 : 0
            next = Int(bitPattern: here) + 1
        }
        return hits
    }

    private static func ranges(without arena: Int) -> [Range<Int>] {
        guard let maps = fopen("/proc/self/maps", "r") else { return [] }
        defer { fclose(maps) }
        var line = [CChar](repeating: 0, count: 512)
        var ranges: [Range<Int>] = []
        while fgets(&line, Int32(line.count), maps) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(whereSeparator: \.isWhitespace)
            let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            let isOrdinary = fields.count == 5 || fields[5] == "[heap]" || fields[5] == "[stack]"
            guard ends.count == 2, fields[1].hasPrefix("rw"), isOrdinary else { continue }
            let range = ends[0]..<ends[1]
            // Sanitizers map terabytes that are not memory.
            if range.count < 1 << 30, !range.contains(arena) { ranges.append(range) }
        }
        return ranges
    }
}
