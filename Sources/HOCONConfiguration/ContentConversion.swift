internal import Configuration
internal import HOCON

/// Turns HOCON values into swift-configuration's.
struct ContentConversion {
    /// The value's path, for messages.
    let path: HOCONPath
    let decoder: any ConfigBytesFromStringDecoder

    /// The content of a type; throws when the value does not convert.
    func content(of value: HOCONValue, as type: ConfigType) throws(HOCONError) -> ConfigContent {
        switch type {
        case .string: .string(try value.string(path))
        case .int: .int(try value.integer(path))
        case .double: .double(try value.double(path))
        case .bool: .bool(try value.boolean(path))
        case .bytes: .bytes(try bytes(value))
        case .stringArray: .stringArray(try value.strings(path))
        case .intArray: .intArray(try list(value) { value throws(HOCONError) in try value.integer(path) })
        case .doubleArray: .doubleArray(try list(value) { value throws(HOCONError) in try value.double(path) })
        case .boolArray: .boolArray(try list(value) { value throws(HOCONError) in try value.boolean(path) })
        case .byteChunkArray: .byteChunkArray(try list(value) { value throws(HOCONError) in try bytes(value) })
        }
    }

    private func list<Element>(
        _ value: HOCONValue, _ convert: (HOCONValue) throws(HOCONError) -> Element
    ) throws(HOCONError) -> [Element] {
        var elements: [Element] = []
        for element in try value.list(path) { elements.append(try convert(element)) }
        return elements
    }

    private func bytes(_ value: HOCONValue) throws(HOCONError) -> [UInt8] {
        guard let bytes = decoder.decode(try value.string(path)) else {
            throw HOCONError(
                .badValue, at: value.origin, "expected encoded bytes at \(path), found a text that does not decode")
        }
        return bytes
    }
}
