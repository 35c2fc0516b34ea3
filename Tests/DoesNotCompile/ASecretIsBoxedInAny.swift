// error: return expression of type 'SecretBytes' does not conform to 'Copyable'
import SecretMemory

func box(_ secret: consuming SecretBytes) -> Any { secret }
