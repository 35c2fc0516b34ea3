"""The opener against the known answers of the record format, and against the page that it was written from."""

import dataclasses
import json
import re
import sqlite3
import tempfile
import unittest
from pathlib import Path

import public_keys
import worked_example
from envelope import AuthenticationFailed, binding
from forgeries import FORGERIES
from local_kms import LocalKMS
from open_vault import open_vault
from sealed_record import Metadata, SealedRecord
from vault_rows import TABLES
from worked_example import PROJECT, SCHEMA, VECTORS, uuid_bytes

PAGE = (PROJECT / "docs/envelope-format.md").read_text()


class KnownAnswer:
    """One record of record-v1.json."""

    def __init__(self, known, integrity_key):
        given = known["metadata"]
        self.metadata = Metadata(
            vault_id=uuid_bytes(given["vaultId"]),
            key_id=given["keyId"].encode(),
            purpose=given["purpose"],
            scheme=given["scheme"].encode(),
            usages=bytes(given["usages"]),
            name=None if given["name"] is None else given["name"].encode(),
            created_at=given["createdAtMicros"],
            public_key=bytes.fromhex(given["publicKey"]),
        )
        self.data_key_id = uuid_bytes(known["dataKeyId"])
        self.integrity_key = integrity_key
        for name in ["dataKey", "pkcs8", "metadataBytes", "sealed", "binding"]:
            setattr(self, name, bytes.fromhex(known[name]))

    def open(self, sealed=None, metadata=None, data_key=None):
        record = SealedRecord(sealed or self.sealed)
        return record.open(metadata or self.metadata, self.data_key_id, data_key or self.dataKey)


def known_answers():
    content = json.loads(VECTORS.read_text())
    return [KnownAnswer(known, bytes.fromhex(content["integrityKey"])) for known in content["records"]]


def with_flipped_bit(content, index):
    return content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]


class KnownAnswerTests(unittest.TestCase):
    def setUp(self):
        self.answers = known_answers()
        self.assertEqual(len(self.answers), 6)

    def test_every_known_record_opens(self):
        for answer in self.answers:
            self.assertEqual(answer.metadata.encoded(), answer.metadataBytes)
            self.assertEqual(answer.open(), answer.pkcs8)

    def test_every_known_binding_fits(self):
        for answer in self.answers:
            made = binding(answer.dataKey, answer.metadata.vault_id, answer.data_key_id, answer.integrity_key)
            self.assertEqual(made, answer.binding)

    def test_every_known_public_key_belongs_to_its_private_key(self):
        for answer in self.answers:
            metadata = answer.metadata
            public_keys.check(metadata.public_key, metadata.key_id.decode(), metadata.scheme.decode())
            self.assertEqual(public_keys.derived_public_key(answer.pkcs8), metadata.public_key)

    def test_a_record_with_one_changed_bit_does_not_open(self):
        for answer in self.answers:
            for index in range(len(answer.sealed)):
                with self.assertRaises(AuthenticationFailed):
                    answer.open(sealed=with_flipped_bit(answer.sealed, index))

    def test_a_shorter_or_longer_record_does_not_open(self):
        sealed = self.answers[0].sealed
        for other in [*(sealed[:length] for length in range(1, len(sealed))), sealed + b"\0"]:
            with self.assertRaises(AuthenticationFailed):
                self.answers[0].open(sealed=other)

    def test_a_record_with_other_metadata_does_not_open(self):
        for answer in self.answers:
            for name in [field.name for field in dataclasses.fields(Metadata)]:
                with self.assertRaises(AuthenticationFailed):
                    answer.open(metadata=dataclasses.replace(answer.metadata, **{name: changed(answer, name)}))

    def test_an_empty_name_is_not_a_missing_name(self):
        answer = self.answers[1]
        self.assertIsNone(answer.metadata.name)
        with self.assertRaises(AuthenticationFailed):
            answer.open(metadata=dataclasses.replace(answer.metadata, name=b""))

    def test_a_record_does_not_open_under_another_data_key(self):
        with self.assertRaises(AuthenticationFailed):
            self.answers[0].open(data_key=self.answers[2].dataKey)


def changed(answer, name):
    value = getattr(answer.metadata, name)
    if name == "name":
        return b"another name" if value is None else None
    return value + 1 if isinstance(value, int) else value + b"x"


class PageTests(unittest.TestCase):
    def test_the_worked_example_of_the_page_is_what_its_rules_give(self):
        self.assertTrue(PAGE.endswith(worked_example.page_section()), "run worked_example.py for section 12")

    def test_the_worked_example_seals_the_first_known_record(self):
        example, known = worked_example.Example(), known_answers()[0]
        self.assertEqual((example.sealed, example.binding), (known.sealed, known.binding))

    def test_the_vault_of_the_worked_example_opens(self):
        with tempfile.TemporaryDirectory() as folder:
            example = worked_example.Example()
            example.write(folder)
            kms = LocalKMS(example.key_file, machine_key=example.machine_key)
            document = open_vault(Path(folder, "example.vault"), kms)
        self.assertEqual([record["pkcs8"] for record in document["records"]], [example.pkcs8.hex()])

    def test_the_worked_example_with_one_thing_wrong_does_not_open(self):
        self.assertEqual(len(FORGERIES), 15)
        for forgery in FORGERIES:
            with self.subTest(forgery.__name__), tempfile.TemporaryDirectory() as folder:
                example = forgery()
                example.write(folder)
                kms = LocalKMS(example.key_file, machine_key=example.machine_key)
                with self.assertRaises(AuthenticationFailed):
                    open_vault(Path(folder, "example.vault"), kms)

    def test_the_page_lists_every_column_and_its_type_in_the_order_of_the_schema(self):
        connection = sqlite3.connect(":memory:")
        connection.executescript(SCHEMA.read_text())
        for table, columns in TABLES.items():
            found = [
                (name, kind.lower() + ("" if not_null else "?"))
                for _, name, kind, not_null, *_ in connection.execute(f"PRAGMA table_info({table})")
            ]
            section = re.split(r"^###? ", PAGE.split(f"### `{table}`")[1], flags=re.MULTILINE)[0]
            page = re.findall(r"^\| `(\w+)` \| (\w+)( or null)? \|", section, flags=re.MULTILINE)
            self.assertEqual([(name, kind + ("?" if null else "")) for name, kind, null in page], found)
            self.assertEqual(list(columns.items()), found)
        connection.close()


if __name__ == "__main__":
    unittest.main()
