// error: type 'SecretBytes' does not conform to protocol 'Copyable'
import SecretMemory

let secrets: [String: SecretBytes] = [:]
