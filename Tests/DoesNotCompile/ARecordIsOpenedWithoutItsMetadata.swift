// error: missing argument for parameter 'metadata' in call
import EnvelopeCrypto
import SecretMemory

func open(_ record: SealedRecord, _ key: borrowing DataKey) throws -> SecretBytes { try record.open(under: key) }
