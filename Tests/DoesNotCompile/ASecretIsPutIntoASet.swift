// error: type 'SecretBytes' does not conform to protocol 'Hashable'
import SecretMemory

let secrets: Set<SecretBytes> = []
