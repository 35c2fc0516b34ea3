// error: consumed more than once
import EnvelopeCrypto

func keep(_ key: consuming DataKey) {}

func twice(_ key: consuming DataKey) {
    keep(key)
    keep(key)
}
