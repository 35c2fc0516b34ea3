"""Key ids, and the public key that belongs to a private key. docs/envelope-format.md, section 9."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from envelope import AuthenticationFailed


def key_id(public_key):
    """Canton's fingerprint of a public key given as SubjectPublicKeyInfo DER."""
    loaded = load_der_public_key(public_key)
    is_ed25519 = isinstance(loaded, ed25519.Ed25519PublicKey)
    hashed = loaded.public_bytes(Encoding.Raw, PublicFormat.Raw) if is_ed25519 else public_key
    return "1220" + hashlib.sha256(b"\x00\x00\x00\x0c" + hashed).hexdigest()


def scheme(public_key):
    """The name of the scheme of a public key given as SubjectPublicKeyInfo DER."""
    loaded = load_der_public_key(public_key)
    if isinstance(loaded, ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(loaded, rsa.RSAPublicKey) and loaded.key_size == 2048:
        return "rsa-2048"
    if isinstance(loaded, ec.EllipticCurvePublicKey):
        curves = {"secp256r1": "ec-p256", "secp384r1": "ec-p384", "secp256k1": "ec-secp256k1"}
        return curves.get(loaded.curve.name)
    return None


def derived_public_key(pkcs8):
    """The SubjectPublicKeyInfo DER of the public key that belongs to a PKCS#8 private key."""
    public_key = load_der_private_key(without_optional_parts(pkcs8), password=None).public_key()
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check(public_key, expected_key_id, expected_scheme):
    """Compares a public key with the key id and the scheme that were sealed with it."""
    if key_id(public_key) != expected_key_id or scheme(public_key) != expected_scheme:
        raise AuthenticationFailed("a public key")


def without_optional_parts(pkcs8):
    """The same key as PKCS#8 version 1 without attributes and public key (RFC 5958), which every library reads.

    OneAsymmetricKey is SEQUENCE { version, algorithm, private key, [0] attributes, [1] public key }.
    """
    body, _ = der_element(pkcs8)
    _, rest = der_element(body)
    _, after_algorithm = der_element(rest)
    _, after_key = der_element(after_algorithm)
    algorithm_and_key = rest[: len(rest) - len(after_key)]
    return der_sequence(b"\x02\x01\x00" + algorithm_and_key)


def der_element(encoded):
    """The content of the first element, and what follows it."""
    length, start = encoded[1], 2
    if length >= 0x80:
        start += length - 0x80
        length = int.from_bytes(encoded[2:start], "big")
    return encoded[start : start + length], encoded[start + length :]


def der_sequence(content):
    length = len(content)
    if length < 0x80:
        return b"\x30" + bytes([length]) + content
    encoded_length = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return b"\x30" + bytes([0x80 + len(encoded_length)]) + encoded_length + content
