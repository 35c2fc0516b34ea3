// error: argument type 'SecretBytes' does not conform to expected type 'Copyable'
import SecretMemory

func show(_ secret: consuming SecretBytes) { debugPrint(secret) }
