// error: requires that 'SecretBytes' conform to 'Encodable'
import Foundation
import SecretMemory

func encode(_ secret: consuming SecretBytes) throws -> Data { try JSONEncoder().encode(secret) }
