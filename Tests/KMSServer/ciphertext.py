"""The ciphertext blob: AES-256-GCM under a key's material, the encryption context as authenticated data.

AWS keeps its format to itself ("AWS KMS Developer Guide: Encryption context" only says that the context is bound as
additional authenticated data, and "Concepts: ciphertext" that the blob names the key). Ours begins with the bytes that
AWS's begin with and is as long as AWS's, 152 bytes more than the plaintext, so that nothing that stores blobs is
surprised later.

    offset  size  field
         0     5  01 02 02 00 78
         5    32  the key, by the digest of its account and key id (multi-region keys share one)
        37    32  the key material
        69    12  nonce
        81    55  random
       136     n  ciphertext
     136+n    16  tag
"""

import os
import struct

from errors import KMSError

_MAGIC = bytes.fromhex("0102020078")
_HEADER_SIZE = 136
_OVERHEAD = _HEADER_SIZE + 16


def canonical_context(context):
    """The encryption context as bytes, one for each set of pairs: sorted, each key and value behind its length.

    With the lengths, {"a": "bc"} and {"ab": "c"} differ. No context and an empty one are the same to KMS.
    """
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    return b"".join(struct.pack(">I", len(text)) + text for pair in pairs for text in pair)


class Ciphertext:
    """A blob taken apart. Which key it names is not to be trusted before it opens."""

    def __init__(self, blob):
        if len(blob) < _OVERHEAD or not blob.startswith(_MAGIC):
            raise KMSError("InvalidCiphertextException")
        self.blob = blob
        self.family_digest = blob[5:37]
        self.material_digest = blob[37:69]

    def opened(self, material, context):
        """The plaintext. One bit changed anywhere, or another context, is InvalidCiphertextException without a word
        more."""
        header = self.blob[:_HEADER_SIZE]
        plaintext = material.opened(header[69:81], self.blob[_HEADER_SIZE:], header + canonical_context(context))
        if plaintext is None:
            raise KMSError("InvalidCiphertextException")
        return plaintext


def sealed(family, material, plaintext, context):
    """A new blob of `plaintext` under a family's material."""
    nonce = os.urandom(12)
    header = _MAGIC + family.digest + material.digest + nonce + os.urandom(55)
    return header + material.sealed(nonce, plaintext, header + canonical_context(context))
