// error: 'SecretBytes' conform to 'Copyable'
import SecretMemory

func collect(_ secret: consuming SecretBytes) -> Int {
    let secrets = [secret]
    return secrets.count
}
