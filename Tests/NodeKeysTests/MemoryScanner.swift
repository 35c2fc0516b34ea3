import COpenSSL
import Glibc
import SecretMemory

/// Finds copies of secrets in this process's ordinary memory: what is written and has no file behind, without the arena
/// and OpenSSL's secure heap.
///
/// It runs on a thread of its own, so that its calls do not overwrite what lies on the caller's stack, and it keeps
/// what it compares in the arena.
final class MemoryScanner: @unchecked Sendable {
    // Unchecked: the scanning thread has the value to itself until it is joined.
    enum Place { case heap, callersStack }

    private let place: Place
    private let callersStack: Int
    private let makeSecrets: () throws -> [SecretBox]
    private var found: Int?

    private init(_ place: Place, callersStack: Int, _ makeSecrets: @escaping () throws -> [SecretBox]) {
        self.place = place
        self.callersStack = callersStack
        self.makeSecrets = makeSecrets
    }

    /// How often the 16 bytes in the middle of each secret lie in `place`, in either byte order; nil when it could not
    /// scan.
    ///
    /// - Parameter makeSecrets: runs on the scanning thread.
    static func count(in place: Place, of makeSecrets: @escaping () throws -> [SecretBox]) -> Int? {
        var local = 0
        let callersStack = withUnsafePointer(to: &local) { Int(bitPattern: $0) }
        let scanner = MemoryScanner(place, callersStack: callersStack, makeSecrets)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<MemoryScanner>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, Unmanaged.passUnretained(scanner).toOpaque())
        guard started == 0 else { return nil }
        pthread_join(thread, nil)
        return scanner.found
    }

    private func run() {
        guard let needles = try? makeSecrets().flatMap({ [try middle(of: $0), try reversedMiddle(of: $0)] }),
            let arena = needles.first?.secret.withExposedBytes({ bytes in
                bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
            })
        else { return }
        found = ranges(arena: arena).reduce(0) { sum, range in
            sum + needles.reduce(0) { $0 + hits(of: $1, in: range) }
        }
    }

    private func hits(of needle: SecretBox, in range: Range<Int>) -> Int {
        needle.secret.withExposedBytes { needle in
            needle.withUnsafeBytes { needle in
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
        }
    }

    /// Where the place lies, by /proc/self/maps. The arena and the secure heap are mappings of their own, between guard
    /// pages.
    private func ranges(arena: Int) -> [Range<Int>] {
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
            guard range.count < 1 << 30, !range.contains(arena),
                CRYPTO_secure_allocated(UnsafeRawPointer(bitPattern: range.lowerBound)) == 0,
                range.contains(callersStack) == (place == .callersStack)
            else { continue }
            ranges.append(range)
        }
        return ranges
    }

    private func middle(of box: SecretBox) throws -> SecretBox {
        let middle = try box.secret.withExposedBytes { bytes in
            try SecretBytes(copying: bytes.extracting(bytes.byteCount / 2 - 8..<bytes.byteCount / 2 + 8))
        }
        return SecretBox(middle)
    }

    private func reversedMiddle(of box: SecretBox) throws -> SecretBox {
        let middle = try middle(of: box)
        var reversed = try SecretBytes(zeroedCount: middle.secret.count)
        middle.secret.withExposedBytes { bytes in
            reversed.withUnsafeMutableBytes { target in
                for index in target.indices {
                    target[index] = bytes.unsafeLoad(fromByteOffset: target.count - 1 - index, as: UInt8.self)
                }
            }
        }
        return SecretBox(reversed)
    }
}
