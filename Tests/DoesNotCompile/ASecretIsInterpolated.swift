// error: requires that 'SecretBytes' conform to 'Copyable'
import SecretMemory

func show(_ secret: consuming SecretBytes) -> String { "\(secret)" }
