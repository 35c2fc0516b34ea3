// error: consumed more than once
import SecretMemory

func twice(_ secret: consuming SecretBytes) {
    let first = SecretBox(secret)
    let second = SecretBox(secret)
    print(first === second)
}
