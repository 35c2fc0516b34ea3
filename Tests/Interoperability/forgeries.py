"""Vaults forged by somebody who has every key.

Each is the worked example with one thing wrong, and with all codes, tags and the head made to fit.
"""

import dataclasses

from public_keys import key_id
from vault_rows import Text, sum_of_elements
from worked_example import Example, drawn

# SubjectPublicKeyInfo of the Ed25519 key whose seed is RFC 8032's first test.
FOREIGN_PUBLIC_KEY = bytes.fromhex(
    "302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
)


class AnotherBinding(Example):
    def wrap_keys(self):
        super().wrap_keys()
        self.binding = drawn("another binding", 32)


class AnotherCommitment(Example):
    def derive_record_keys(self):
        super().derive_record_keys()
        self.commitment = drawn("another commitment", 32)


class AnotherDataKeyID(Example):
    """The record says that it lies under another data key than its row says."""

    def describe_record(self, known):
        super().describe_record(known)
        self.prefix = b"\x01\x01" + drawn("another data key", 16)


class AnotherVersion(Example):
    def describe_record(self, known):
        super().describe_record(known)
        self.prefix = b"\x02\x01" + self.data_key_id


class AnotherSuite(Example):
    def describe_record(self, known):
        super().describe_record(known)
        self.prefix = b"\x01\x02" + self.data_key_id


class AnotherVaultsRecord(Example):
    """The record was sealed in another vault."""

    def describe_record(self, known):
        super().describe_record(known)
        self.metadata = dataclasses.replace(self.metadata, vault_id=drawn("another vault", 16))


class AnotherKeyID(Example):
    """The key id is not the public key's."""

    def describe_record(self, known):
        super().describe_record(known)
        self.metadata = dataclasses.replace(self.metadata, key_id=Text(b"1220" + b"0" * 64))


class AnotherScheme(Example):
    """The scheme is not the public key's."""

    def describe_record(self, known):
        super().describe_record(known)
        self.metadata = dataclasses.replace(self.metadata, scheme=Text(b"ec-p256"))


class AnotherPublicKey(Example):
    """Key id and public key fit one another, and the private key is another one's."""

    def describe_record(self, known):
        super().describe_record(known)
        foreign = Text(key_id(FOREIGN_PUBLIC_KEY).encode())
        self.metadata = dataclasses.replace(self.metadata, key_id=foreign, public_key=FOREIGN_PUBLIC_KEY)


class NoPublicKey(Example):
    def describe_record(self, known):
        super().describe_record(known)
        self.metadata = dataclasses.replace(self.metadata, public_key=b"\x30\x00")


class NoPrivateKey(Example):
    def encrypt_record(self):
        self.pkcs8 = b"\x30"
        super().encrypt_record()


class UnknownUsage(Example):
    def describe_record(self, known):
        super().describe_record(known)
        self.metadata = dataclasses.replace(self.metadata, usages=b"\x09")


class ClearRecord(Example):
    """A private key that lies unencrypted in an encrypted vault."""

    def row_of_record(self):
        return {**super().row_of_record(), "data_key_id": None, "sealed": self.pkcs8}


class AnotherUse(Example):
    """The data key was wrapped as an integrity key."""

    def wrap_keys(self):
        super().wrap_keys()
        context = {**self.context, "nodevault:use": "integrity"}
        self.wrapped_data_key = self.wrap(self.data_key, context, "data key")


class AnotherFormat(Example):
    """The data key was wrapped for another format."""

    def wrap_keys(self):
        super().wrap_keys()
        context = {**self.context, "nodevault:format": "2"}
        self.wrapped_data_key = self.wrap(self.data_key, context, "data key")


class ShortDataKey(Example):
    def wrap_keys(self):
        self.data_key = self.data_key[:31]
        super().wrap_keys()


class AnotherCount(Example):
    """The vault's row and its head count a record that is not there."""

    counts = [1, 1, 2, 0]


class AnotherSum(Example):
    def sum_up(self):
        return drawn("another sum", 32)


class SumOfCodes(Example):
    """The head keeps the sum of what everybody can read."""

    def sum_up(self):
        return sum_of_elements(row["mac"] for row in self.rows.values())


FORGERIES = Example.__subclasses__()
