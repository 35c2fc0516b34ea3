"""Private keys made by OpenSSL and Python's cryptography, in the forms that they come in."""

import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
CLEAR = serialization.NoEncryption()

MAKERS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ec-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ec-secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-2048-exponent-3": lambda: rsa.generate_private_key(3, 2048),
    "ec-p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ec-brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "x25519": x25519.X25519PrivateKey.generate,
    "dsa": lambda: dsa.generate_private_key(2048),
}


@functools.cache
def private_key(kind):
    """A key of a kind, the same for the whole run."""
    return MAKERS[kind]()


def encoded(kind, encoding=DER, form=PKCS8, encryption=CLEAR):
    return private_key(kind).private_bytes(encoding, form, encryption)


def encrypted(kind, passphrase, encoding=PEM):
    return encoded(kind, encoding, encryption=serialization.BestAvailableEncryption(passphrase.encode()))


def secret_number(kind):
    """The secret itself, big-endian: what must never be seen anywhere."""
    return secret_of(private_key(kind))


def secret_of(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.private_bytes_raw()
    numbers = key.private_numbers()
    number = numbers.d if isinstance(key, rsa.RSAPrivateKey) else numbers.private_value
    return number.to_bytes(key.key_size // 8, "big")
