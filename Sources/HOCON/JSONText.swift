/// JSON, as which a resolved configuration can be printed.
enum JSONText {
    /// A text in quotes.
    static func quoted(_ text: String) -> String {
        var result: [UInt8] = []
        append(text, to: &result)
        return String(decoding: result, as: UTF8.self)
    }

    static func append(_ value: HOCONValue, to result: inout [UInt8], indentation: Int?) {
        switch value.content {
        case .null: result += "null".utf8
        case .boolean(let flag): result += (flag ? "true" : "false").utf8
        case .number(let text): result += NumberText.json(text).utf8
        case .string(let text): append(text, to: &result)
        case .list(let elements):
            appendAll(elements, "[", "]", to: &result, indentation: indentation) { element, result, inner in
                append(element, to: &result, indentation: inner)
            }
        case .object(let object): append(object, to: &result, indentation: indentation)
        }
    }

    static func append(_ object: HOCONObject, to result: inout [UInt8], indentation: Int?) {
        appendAll(object.fields, "{", "}", to: &result, indentation: indentation) { field, result, inner in
            append(field.key, to: &result)
            result += (inner == nil ? ":" : ": ").utf8
            append(field.value, to: &result, indentation: inner)
        }
    }

    private static func appendAll<Item>(
        _ items: [Item], _ opening: String, _ closing: String, to result: inout [UInt8], indentation: Int?,
        _ appendItem: (Item, inout [UInt8], Int?) -> Void
    ) {
        result += opening.utf8
        let inner = indentation.map { $0 + 2 }
        for (position, item) in items.enumerated() {
            if position > 0 { result.append(UInt8(ascii: ",")) }
            appendLineBreak(inner, to: &result)
            appendItem(item, &result, inner)
        }
        if !items.isEmpty { appendLineBreak(indentation, to: &result) }
        result += closing.utf8
    }

    private static func appendLineBreak(_ indentation: Int?, to result: inout [UInt8]) {
        guard let indentation else { return }
        result.append(UInt8(ascii: "\n"))
        result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
    }

    private static func append(_ text: String, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0x0A: result += "\\n".utf8
            case 0x0D: result += "\\r".utf8
            case 0x09: result += "\\t".utf8
            case 0x00...0x1F, 0x7F:
                let digits = String(byte, radix: 16)
                result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            default: result.append(byte)
            }
        }
        result.append(UInt8(ascii: "\""))
    }
}

extension HOCONObject {
    /// The object as JSON, on one line or indented by two spaces. Numbers keep their digits.
    public func json(isIndented: Bool = false) -> String {
        var result: [UInt8] = []
        JSONText.append(self, to: &result, indentation: isIndented ? 0 : nil)
        return String(decoding: result, as: UTF8.self)
    }
}

extension HOCONValue {
    /// The value as JSON, on one line or indented by two spaces. Numbers keep their digits.
    public func json(isIndented: Bool = false) -> String {
        var result: [UInt8] = []
        JSONText.append(self, to: &result, indentation: isIndented ? 0 : nil)
        return String(decoding: result, as: UTF8.self)
    }
}
