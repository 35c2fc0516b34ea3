"""The record format against its known answers."""

import dataclasses
import json
import unittest

import public_keys
from envelope import AuthenticationFailed, binding
from sealed_record import Metadata, SealedRecord
from worked_example import VECTORS, uuid_bytes


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


if __name__ == "__main__":
    unittest.main()
