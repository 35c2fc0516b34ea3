import COpenSSL

/// Parameters of which OpenSSL builds a key. Numbers in the secure heap are handed over in the secure heap.
///
/// OpenSSL keeps pointers to all that is added until the key is made: names are therefore static strings, and values
/// must live as long as the parameters.
struct KeyParameters: ~Copyable {
    private let builder: OpaquePointer
    private var isComplete = true

    init() throws(NodeKeysError) {
        guard let made = OSSL_PARAM_BLD_new() else { throw .openSSL("key parameters") }
        builder = made
    }

    deinit { OSSL_PARAM_BLD_free(builder) }

    mutating func add(_ name: StaticString, text: StaticString) {
        isComplete = OSSL_PARAM_BLD_push_utf8_string(builder, name.cString, text.cString, 0) == 1 && isComplete
    }

    mutating func add(_ name: StaticString, octets: UnsafeRawBufferPointer) {
        let added = OSSL_PARAM_BLD_push_octet_string(builder, name.cString, octets.baseAddress, octets.count)
        isComplete = added == 1 && isComplete
    }

    mutating func add(_ name: StaticString, number: OpaquePointer) {
        isComplete = OSSL_PARAM_BLD_push_BN(builder, name.cString, number) == 1 && isComplete
    }

    /// Builds a key of OpenSSL's algorithm `type`; nil and an entry in the error queue when it refuses.
    func makeKey(_ type: StaticString, isPrivate: Bool) -> OpaquePointer? {
        guard isComplete, let parameters = OSSL_PARAM_BLD_to_param(builder) else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type.cString, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        let selection = isPrivate ? nodevault_select_key_pair() : nodevault_select_public_key()
        guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &key, selection, parameters) == 1 else {
            return nil
        }
        return key
    }
}

extension StaticString {
    /// The text as C reads it, for as long as the process lives.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
