// error: binary operator '==' cannot be applied to two 'SecretBytes' operands
import SecretMemory

func same(_ one: borrowing SecretBytes, _ other: borrowing SecretBytes) -> Bool { one == other }
