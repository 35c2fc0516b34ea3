#!/usr/bin/env python3
"""The worked example of docs/envelope-format.md: a vault written by the page's rules, with every value on the way.

    worked_example.py FOLDER     writes the vault, its LocalKMS file and its machine key there

All values that a program would draw at random are fixed here. Record and data key are those of the first known answer.
"""

import hashlib
import json
import sqlite3
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope import binding, encryption_context, field, hkdf, hkdf_expand, hkdf_extract, i64, u32
from local_kms import ARN_PREFIX, context_bytes
from sealed_record import Metadata
from vault_rows import (
    TABLES,
    Text,
    element,
    head_authenticated_data,
    head_key,
    row_code,
    sum_of_elements,
)

PROJECT = Path(__file__).resolve().parents[2]
VECTORS = PROJECT / "Tests/EnvelopeCryptoTests/Vectors/record-v1.json"
SCHEMA = PROJECT / "Migrations/V0001_initial.sql"
TIME = 1763900000000000


def drawn(label, count):
    """Stands for `count` random bytes."""
    return hashlib.sha256(f"nodevault example {label}".encode()).digest()[:count]


class Example:
    """Every value of the example, computed in the order in which a vault is written."""

    format = 1
    epoch = 3
    # Rows of schema_migrations, data_keys, private_keys and jobs.
    counts = [1, 1, 1, 0]

    def __init__(self):
        vectors = json.loads(VECTORS.read_text())
        known = vectors["records"][0]
        self.integrity_key = bytes.fromhex(vectors["integrityKey"])
        self.vault_id = uuid_bytes(known["metadata"]["vaultId"])
        self.data_key_id = uuid_bytes(known["dataKeyId"])
        self.data_key = bytes.fromhex(known["dataKey"])
        self.pkcs8 = bytes.fromhex(known["pkcs8"])
        self.make_key_file()
        self.wrap_keys()
        self.describe_record(known)
        self.derive_record_keys()
        self.encrypt_record()
        self.write_rows()
        self.seal_head()

    def make_key_file(self):
        self.wrapper_key_id = "b0a1c2d3-0000-4000-8000-00000000000a"
        self.wrapper_key = Text((ARN_PREFIX + self.wrapper_key_id).encode())
        self.machine_key = drawn("machine key", 32)
        self.material_id = drawn("material id", 32)
        self.material = drawn("material", 32)
        self.payload = self.key_file_payload()
        salt, nonce = drawn("file salt", 32), drawn("file nonce", 12)
        self.file_header = b"nodevault-kms\x01\x02" + bytes(41) + salt + nonce
        self.file_key = hkdf(self.machine_key, salt, b"nodevault/1/local-kms-file")
        self.key_file = self.file_header + AESGCM(self.file_key).encrypt(nonce, self.payload, self.file_header)

    def key_file_payload(self):
        """One key with one material, and no alias."""
        return u32(1) + key_entry(self.wrapper_key_id, [(self.material_id, self.material)]) + u32(0)

    def wrap_keys(self):
        self.integrity_key_id = uuid_bytes("3d0f6a52-7f1c-4e0b-9a55-0c1d2e3f4a5b")
        self.context = encryption_context(self.vault_id, self.data_key_id, "data-key")
        self.wrapped_data_key = self.wrap(self.data_key, self.context, "data key")
        integrity_context = encryption_context(self.vault_id, self.integrity_key_id, "integrity")
        self.wrapped_integrity_key = self.wrap(self.integrity_key, integrity_context, "integrity key")
        self.binding = binding(self.data_key, self.vault_id, self.data_key_id, self.integrity_key)

    def wrap(self, key, context, label):
        salt, nonce = drawn(f"{label} salt", 32), drawn(f"{label} nonce", 12)
        header = b"\x01" + self.wrapper_key_id.encode() + self.material_id + salt + nonce
        self.wrapping_key = hkdf(self.material, salt, b"nodevault/1/local-kms-wrap")
        return header + AESGCM(self.wrapping_key).encrypt(nonce, key, header + context_bytes(context))

    def describe_record(self, known):
        given = known["metadata"]
        self.salt, self.nonce = bytes.fromhex(known["salt"]), bytes.fromhex(known["nonce"])
        self.prefix = b"\x01\x01" + self.data_key_id
        self.metadata = Metadata(
            vault_id=self.vault_id,
            key_id=Text(given["keyId"].encode()),
            purpose=given["purpose"],
            scheme=Text(given["scheme"].encode()),
            usages=bytes(given["usages"]),
            name=Text(given["name"].encode()),
            created_at=given["createdAtMicros"],
            public_key=bytes.fromhex(given["publicKey"]),
        )

    def derive_record_keys(self):
        self.metadata_digest = hashlib.sha256(self.metadata.encoded()).digest()
        self.pseudorandom_key = hkdf_extract(self.salt, self.data_key)
        self.record_key_info = b"nodevault/1/record-key" + self.prefix + self.metadata_digest
        self.commitment_info = b"nodevault/1/commitment" + self.prefix + self.metadata_digest
        self.record_key = hkdf_expand(self.pseudorandom_key, self.record_key_info)
        self.commitment = hkdf_expand(self.pseudorandom_key, self.commitment_info)

    def encrypt_record(self):
        header = self.prefix + self.salt + self.commitment + self.nonce
        self.authenticated_data = header + self.metadata.encoded()
        self.sealed = header + AESGCM(self.record_key).encrypt(self.nonce, self.pkcs8, self.authenticated_data)

    def write_rows(self):
        material = Text(self.material_id.hex().encode())
        self.rows = {
            "schema_migrations": [1, Text(b"V0001_initial"), TIME],
            "data_keys": [
                self.data_key_id, self.wrapper_key, material, self.wrapped_data_key, self.binding, 1, TIME, None,
            ],
            "private_keys": self.row_of_record().values(),
            "vault": [
                1, self.vault_id, self.format, Text(b"participants.participant1"), TIME, self.wrapper_key, 1,
                self.data_key_id, self.integrity_key_id, self.wrapper_key, material, self.wrapped_integrity_key,
                self.epoch, *self.counts,
            ],
        }  # fmt: skip
        for table, values in self.rows.items():
            row = dict(zip(TABLES[table], values))
            row["mac"] = row_code(self.integrity_key, table, row)
            self.rows[table] = row

    def row_of_record(self):
        record = self.metadata
        return {
            "key_id": record.key_id,
            "data_key_id": self.data_key_id,
            "purpose": record.purpose,
            "scheme": record.scheme,
            "usages": record.usages,
            "name": record.name,
            "created_at": record.created_at,
            "public_key": record.public_key,
            "sealed": self.sealed,
        }

    def seal_head(self):
        vault = self.rows["vault"]
        self.elements = {table: element(self.integrity_key, row["mac"]) for table, row in self.rows.items()}
        self.sum = self.sum_up()
        self.head_nonce = drawn("head nonce", 12)
        self.head_key = head_key(self.integrity_key, vault)
        self.head_authenticated_data = head_authenticated_data(vault)
        sealed_sum = AESGCM(self.head_key).encrypt(self.head_nonce, self.sum, self.head_authenticated_data)
        vault["head"] = self.head_nonce + sealed_sum

    def sum_up(self):
        return sum_of_elements(self.elements.values())

    def write(self, folder):
        """Writes example.vault, example.kms and example.kms.machine-key, mode 0600."""
        files = {"example.kms": self.key_file, "example.kms.machine-key": self.machine_key, "example.vault": b""}
        for name, content in files.items():
            path = Path(folder, name)
            path.touch(mode=0o600)
            path.write_bytes(content)
        connection = sqlite3.connect(Path(folder, "example.vault"))
        connection.execute(f"PRAGMA application_id = {0x4E564C54}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA.read_text())
        for table, row in self.rows.items():
            values = [value.decode() if isinstance(value, Text) else value for value in row.values()]
            columns = ", ".join(row)
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", values)
        connection.commit()
        connection.close()


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def key_entry(key_id, materials, state=0, deletion=0):
    """A key in the payload of a key file."""
    labels = field(b"worked example") + u32(1) + field(b"CreatedBy") + field(b"NodeVault")
    drawn_materials = b"".join(material_id + material + i64(TIME) for material_id, material in materials)
    header = key_id.encode() + labels + i64(TIME) + struct.pack(">BqB", state, deletion, 0)
    return header + u32(len(materials)) + drawn_materials


if __name__ == "__main__":
    Example().write(sys.argv[1])
