import COpenSSL
import SecretMemory

/// Makes RSA keys with OpenSSL, whose generator keeps the secret numbers in the secure heap.
enum RSAKeyMaker {
    /// A new key as PKCS#8.
    static func generate() throws(NodeKeysError) -> SecretBytes {
        let parameters = try generatedParameters()
        defer { OSSL_PARAM_free(parameters) }
        // An RSAPrivateKey of 2048 bits has at most 1194 bytes.
        var fields = try SecretBytes.zeroed(2048)
        let count = fields.withUnsafeMutableBytes { buffer -> Int? in
            var position = 0
            buffer.copyBytes(from: DERWriter.integer(0))
            position += 3
            for name in RSAPrivateKeyInfo.parameterNames {
                guard let parameter = OSSL_PARAM_locate(parameters, name.cString), let data = parameter.pointee.data
                else { return nil }
                let native = UnsafeRawBufferPointer(start: data, count: parameter.pointee.data_size)
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[position...])
                position += write(littleEndian: native, into: rest)
            }
            return position
        }
        guard let count else { throw .openSSL("exporting a new RSA key") }
        fields.truncate(to: count)
        let rsaPrivateKey = try fields.withExposedBytes { fields throws(NodeKeysError) in
            try SecretBytes.joining(DERWriter.header(DERTag.sequence, contentCount: count), fields)
        }
        return try rsaPrivateKey.withExposedBytes { key throws(NodeKeysError) in try PKCS8Writer.rsa(key) }
    }

    /// The new key's numbers, the secret ones in the secure heap, in the byte order of this machine.
    private static func generatedParameters() throws(NodeKeysError) -> UnsafeMutablePointer<OSSL_PARAM>? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else { throw .openSSL("an RSA generator") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard
            EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { throw .openSSL("generating an RSA key") }
        defer { EVP_PKEY_free(key) }
        var parameters: UnsafeMutablePointer<OSSL_PARAM>?
        let exported = EVP_PKEY_todata(key, nodevault_select_key_pair(), &parameters)
        nodevault_wipe_stack()
        guard exported == 1 else { throw .openSSL("exporting a new RSA key") }
        return parameters
    }

    /// Writes an INTEGER of a little-endian number and answers how many bytes it took.
    private static func write(
        littleEndian number: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = number.count
        while count > 1, number[count - 1] == 0 { count -= 1 }
        let signByte = number[count - 1] >= 0x80 ? 1 : 0
        let header = DERWriter.header(DERTag.integer, contentCount: signByte + count)
        target.copyBytes(from: header)
        for index in 0..<signByte { target[header.count + index] = 0 }
        for index in 0..<count { target[header.count + signByte + index] = number[count - 1 - index] }
        return header.count + signByte + count
    }
}
