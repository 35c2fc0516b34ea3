"""One sealed private key. docs/envelope-format.md, section 6."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope import AuthenticationFailed, field, hkdf_expand, hkdf_extract, i64, u32

HEADER_SIZE = 94
TAG_SIZE = 16


@dataclass(frozen=True)
class Metadata:
    """What is sealed with a private key beside its bytes; every field as the bytes that the database holds."""

    vault_id: bytes
    key_id: bytes
    purpose: int
    scheme: bytes
    usages: bytes
    name: bytes | None
    created_at: int
    public_key: bytes

    def encoded(self):
        return b"".join(
            [
                field(self.vault_id),
                field(self.key_id),
                field(bytes([self.purpose])),
                field(self.scheme),
                field(self.usages),
                u32(0xFFFFFFFF) if self.name is None else field(self.name),
                field(i64(self.created_at)),
                field(self.public_key),
            ]
        )


class SealedRecord:
    """The bytes of column `sealed`, taken apart."""

    def __init__(self, sealed):
        if len(sealed) <= HEADER_SIZE + TAG_SIZE or sealed[:2] != b"\x01\x01":
            raise AuthenticationFailed("a record")
        self.prefix = sealed[0:18]
        self.data_key_id = sealed[2:18]
        self.salt = sealed[18:50]
        self.commitment = sealed[50:82]
        self.nonce = sealed[82:94]
        self.header = sealed[0:94]
        self.ciphertext_and_tag = sealed[94:]

    def derived(self, metadata, data_key):
        """PRK, record key and commitment."""
        suffix = self.prefix + hashlib.sha256(metadata.encoded()).digest()
        pseudorandom_key = hkdf_extract(self.salt, data_key)
        record_key = hkdf_expand(pseudorandom_key, b"nodevault/1/record-key" + suffix)
        commitment = hkdf_expand(pseudorandom_key, b"nodevault/1/commitment" + suffix)
        return pseudorandom_key, record_key, commitment

    def authenticated_data(self, metadata):
        return self.header + metadata.encoded()

    def open(self, metadata, data_key_id, data_key):
        """The private key as PKCS#8 DER."""
        _, record_key, commitment = self.derived(metadata, data_key)
        if self.data_key_id != data_key_id or not hmac.compare_digest(commitment, self.commitment):
            raise AuthenticationFailed("a record")
        try:
            return AESGCM(record_key).decrypt(self.nonce, self.ciphertext_and_tag, self.authenticated_data(metadata))
        except InvalidTag:
            raise AuthenticationFailed("a record") from None
