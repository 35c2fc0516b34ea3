"""LocalKMS: the wrapper keys in its file, and what it wrapped. docs/envelope-format.md, section 4."""

import hashlib
import struct
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope import AuthenticationFailed, field, hkdf
from kms_refused import KMSRefused

ARN_PREFIX = "arn:aws:kms:local:000000000000:key/"
PASSPHRASE, MACHINE_KEY = 1, 2
ENABLED = 0


class LocalKMS:
    """Unwraps with the wrapper keys of one file.

    A KMS for `open_vault` is anything with this one method: `unwrap(ciphertext, wrapper_key, context)` answers the
    bytes that were wrapped, where `wrapper_key` is an ARN and `context` a dictionary of texts; it raises
    `AuthenticationFailed` where the ciphertext or the context is another one. With AWS it is one `Decrypt` call with
    `CiphertextBlob`, `KeyId` and `EncryptionContext`.
    """

    def __init__(self, file, passphrase=None, machine_key=None):
        payload = open_key_file(file, passphrase, machine_key)
        self._keys = PayloadReader(payload).keyring()

    def unwrap(self, ciphertext, wrapper_key, context):
        blob = WrappedKey(ciphertext)
        key = self._keys.get(wrapper_key.removeprefix(ARN_PREFIX))
        if key is None or not wrapper_key.startswith(ARN_PREFIX):
            raise KMSRefused(f"there is no wrapper key {wrapper_key} in the key file")
        if blob.key_id != key["id"]:
            raise KMSRefused(f"the ciphertext lies under another wrapper key than {wrapper_key}")
        if key["state"] != ENABLED:
            raise KMSRefused(f"wrapper key {wrapper_key} is not enabled")
        return blob.open(key["materials"].get(blob.material_id), context)


class WrappedKey:
    """The ciphertext that LocalKMS answers."""

    HEADER_SIZE = 113

    def __init__(self, ciphertext):
        if len(ciphertext) < self.HEADER_SIZE + 16 or ciphertext[0] != 1:
            raise AuthenticationFailed("a wrapped key")
        self.header = ciphertext[: self.HEADER_SIZE]
        self.key_id = ciphertext[1:37]
        self.material_id = ciphertext[37:69]
        self.salt = ciphertext[69:101]
        self.nonce = ciphertext[101:113]
        self.sealed = ciphertext[113:]

    def open(self, material, context):
        if material is None:
            raise AuthenticationFailed("a wrapped key")
        wrapping_key = hkdf(material, self.salt, b"nodevault/1/local-kms-wrap")
        try:
            return AESGCM(wrapping_key).decrypt(self.nonce, self.sealed, self.header + context_bytes(context))
        except InvalidTag:
            raise AuthenticationFailed("a wrapped key") from None


def context_bytes(context):
    """The pairs in ascending order of their keys' bytes, each key and value a field."""
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    return b"".join(field(key) + field(value) for key, value in pairs)


# The file


def open_key_file(file, passphrase=None, machine_key=None):
    """Opens the file's bytes with the passphrase or the machine key; answers the payload."""
    header, sealed = file[:100], file[100:]
    if len(file) < 116 or header[:13] != b"nodevault-kms" or header[13] != 1:
        raise KMSRefused("this is no LocalKMS file of version 1")
    salt, nonce = header[56:88], header[88:100]
    file_key = hkdf(sealing_secret(header, passphrase, machine_key), salt, b"nodevault/1/local-kms-file")
    try:
        return AESGCM(file_key).decrypt(nonce, sealed, header)
    except InvalidTag:
        raise AuthenticationFailed("the key file") from None


def sealing_secret(header, passphrase, machine_key):
    protection, log2_n, r, p, scrypt_salt = struct.unpack(">BBII32s", header[14:56])
    if protection == MACHINE_KEY and not any(header[15:56]) and machine_key is not None:
        if len(machine_key) != 32:
            raise KMSRefused("a machine key file has 32 bytes")
        return machine_key
    if protection == PASSPHRASE and passphrase is not None:
        if not (10 <= log2_n <= 20 and 1 <= r <= 64 and 1 <= p <= 4 and 128 * r << log2_n <= 1 << 27):
            raise KMSRefused("the key file asks for more of scrypt than is sensible")
        return hashlib.scrypt(passphrase, salt=scrypt_salt, n=1 << log2_n, r=r, p=p, maxmem=1 << 28, dklen=32)
    raise KMSRefused("the key file is sealed by a passphrase where a machine key was given, or the reverse")


class PayloadReader:
    """Reads the opened file's payload, strictly."""

    def __init__(self, payload):
        self._rest = payload

    def keyring(self):
        """Key id to state and materials. Aliases are read over: a vault names wrapper keys by ARN."""
        keys = [self._key() for _ in range(self._number(">I"))]
        for _ in range(self._number(">I")):
            self._text(), self._take(36)
        if self._rest or [key["id"] for key in keys] != sorted({key["id"] for key in keys}):
            raise KMSRefused("the key file's payload is malformed")
        now = time.time() * 1_000_000
        return {key["id"].decode("ascii"): key for key in keys if not 0 < key["deletion"] <= now}

    def _key(self):
        key_id = self._take(36)
        self._text()  # description
        for _ in range(self._number(">I")):
            self._text(), self._text()  # a tag's name and value
        self._number(">q")  # created-at
        state, deletion = self._number(">B"), self._number(">q")
        self._number(">B")  # multi-region
        materials = {}
        for _ in range(self._number(">I")):
            material_id, material = self._take(32), self._take(32)
            self._number(">q")  # created-at
            materials[material_id] = material
        return {"id": key_id, "state": state, "deletion": deletion, "materials": materials}

    def _number(self, form):
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _text(self):
        return self._take(self._number(">I")).decode("utf-8")

    def _take(self, count):
        if count > len(self._rest):
            raise KMSRefused("the key file's payload ends too early")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken
