import CCurl
import SecretMemory

/// Header lines as libcurl takes them, lying in secret memory: libcurl reads such a list where it is and copies it only
/// into the request it sends.
final class HeaderLines: @unchecked Sendable {
    // Unchecked: nothing changes after `init`.
    private let text: SecretBytes
    private let nodes: UnsafeMutableBufferPointer<curl_slist>

    /// The first node of the list, which lives as long as this object.
    var first: UnsafeMutablePointer<curl_slist>? { nodes.baseAddress }

    init(_ fields: [HTTPField]) throws(SecretMemoryError) {
        var buffer = try SecretBuffer(capacity: 2048)
        var starts = [Int]()
        for field in fields {
            starts.append(buffer.count)
            try buffer.append(field.name + ": ")
            switch field.value {
            case .text(let text):
                precondition(text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 }, "a field's value is one line")
                try buffer.append(text)
            case .secret(let box):
                try box.secret.withExposedBytes { span throws(SecretMemoryError) in
                    try span.withUnsafeBytes { bytes throws(SecretMemoryError) in try buffer.append(bytes) }
                }
            }
            try buffer.append("\0")
        }
        // Without a value: libcurl leaves these out, which it would add of its own accord and which are not signed.
        for name in ["Expect", "Accept", "Content-Type"] where !fields.contains(where: { $0.name == name.lowercased() })
        {
            starts.append(buffer.count)
            try buffer.append(name + ":\0")
        }
        var text = buffer.finish()
        let nodes = UnsafeMutableBufferPointer<curl_slist>.allocate(capacity: starts.count)
        // The arena's blocks never move, so the addresses stay good as long as `text` lives.
        text.withUnsafeMutableBytes { bytes in
            for (index, start) in starts.enumerated() {
                let next = index + 1 < starts.count ? nodes.baseAddress?.advanced(by: index + 1) : nil
                let line = bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
                nodes.initializeElement(at: index, to: curl_slist(data: line, next: next))
            }
        }
        self.text = text
        self.nodes = nodes
    }

    deinit { nodes.deallocate() }
}
