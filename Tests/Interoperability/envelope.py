"""What every part of the envelope format is made of. Section numbers are those of docs/envelope-format.md."""

import hashlib
import hmac
import struct
import uuid


class AuthenticationFailed(Exception):
    """A wrong key, changed metadata, tampering: one error. Its text says where, never why."""


# Section 1: conventions


def u32(number):
    """Four bytes, big-endian, unsigned."""
    return struct.pack(">I", number)


def i64(number):
    """Eight bytes, big-endian, two's complement."""
    return struct.pack(">q", number)


def field(content):
    """A four-byte length and the content."""
    return u32(len(content)) + content


def uuid_text(raw):
    """A UUID of 16 bytes as lower-case text."""
    if len(raw) != 16:
        raise AuthenticationFailed("an id")
    return str(uuid.UUID(bytes=bytes(raw)))


def hmac_sha256(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf_extract(salt, input_key):
    """RFC 5869, SHA-256. HMAC pads its key with zeros, so an empty salt and 32 zero bytes are the same."""
    return hmac_sha256(salt, input_key)


def hkdf_expand(pseudorandom_key, info):
    """RFC 5869, SHA-256. The format asks for 32 bytes everywhere: one block."""
    return hmac_sha256(pseudorandom_key, info + b"\x01")


def hkdf(input_key, salt, info):
    return hkdf_expand(hkdf_extract(salt, input_key), info)


# Section 3: wrapped keys


def encryption_context(vault_id, key_id, use):
    """The pairs that the KMS authenticates with a wrapped key; `use` is `data-key` or `integrity`."""
    return {
        "nodevault:vault": uuid_text(vault_id),
        "nodevault:key": uuid_text(key_id),
        "nodevault:use": use,
        "nodevault:format": "1",
    }


# Section 5: the binding of a data key


def binding(data_key, vault_id, data_key_id, integrity_key):
    """What ties a data key to its vault and to the vault's integrity key."""
    integrity_digest = hashlib.sha256(integrity_key).digest()
    return hkdf(data_key, b"", b"nodevault/1/binding" + vault_id + data_key_id + integrity_digest)
