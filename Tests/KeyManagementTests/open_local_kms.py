"""Opens a LocalKMS file and a wrapped key from their description alone (docs/envelope-format.md).

Reads one JSON object: {"file", "passphrase" or "machineKey" (a path), "wrapped" (hex), "context"}.
Prints one: the keys and aliases in the file, and the SHA-256 of what was wrapped.
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def hkdf(key, salt, info):
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, count):
        assert self.at + count <= len(self.data)
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size=4, signed=False):
        return int.from_bytes(self.raw(size), "big", signed=signed)

    def text(self):
        return self.raw(self.number()).decode()


def read_key(reader):
    key = {"id": reader.raw(36).decode(), "description": reader.text()}
    key["tags"] = {reader.text(): reader.text() for _ in range(reader.number())}
    key["createdAt"] = reader.number(8, signed=True)
    key["state"] = reader.number(1)
    key["deletion"] = reader.number(8, signed=True)
    key["multiRegion"] = reader.number(1)
    materials = [(reader.raw(32), reader.raw(32), reader.number(8, signed=True)) for _ in range(reader.number())]
    key["materials"] = [material[0].hex() for material in materials]
    return key, {material[0]: material[1] for material in materials}


def main():
    request = json.load(sys.stdin)
    with open(request["file"], "rb") as file:
        data = file.read()
    assert data[:13] == b"nodevault-kms" and data[13] == 1
    if data[14] == 1:
        n, r, p = 1 << data[15], int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        secret = hashlib.scrypt(
            request["passphrase"].encode(), salt=data[24:56], n=n, r=r, p=p, dklen=32, maxmem=256 << 20
        )
    else:
        assert data[14] == 2 and not any(data[15:56])
        with open(request["machineKey"], "rb") as file:
            secret = file.read()
    file_key = hkdf(secret, data[56:88], b"nodevault/1/local-kms-file")
    reader = Reader(AESGCM(file_key).decrypt(data[88:100], data[100:], data[:100]))
    keys = [read_key(reader) for _ in range(reader.number())]
    aliases = {reader.text(): reader.raw(36).decode() for _ in range(reader.number())}
    assert reader.at == len(reader.data)

    blob = bytes.fromhex(request["wrapped"])
    assert blob[0] == 1
    (materials,) = [materials for key, materials in keys if key["id"].encode() == blob[1:37]]
    wrapping_key = hkdf(materials[blob[37:69]], blob[69:101], b"nodevault/1/local-kms-wrap")
    context = b"".join(
        len(text).to_bytes(4, "big") + text
        for pair in sorted((key.encode(), value.encode()) for key, value in request["context"].items())
        for text in pair
    )
    plaintext = AESGCM(wrapping_key).decrypt(blob[101:113], blob[113:], blob[:113] + context)
    print(
        json.dumps(
            {"keys": [key for key, _ in keys], "aliases": aliases, "sha256": hashlib.sha256(plaintext).hexdigest()}
        )
    )


main()
