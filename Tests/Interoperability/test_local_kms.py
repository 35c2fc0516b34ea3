"""LocalKMS as the page describes it: key states, key materials, contexts, and files that are refused."""

import hashlib
import struct
import unittest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope import AuthenticationFailed, hkdf, u32
from kms_refused import KMSRefused
from local_kms import ARN_PREFIX, LocalKMS
from worked_example import TIME, Example, drawn, key_entry

DISABLED, PENDING_DELETION = 1, 2
OTHER_KEY_ID = "c0a1c2d3-0000-4000-8000-00000000000b"
FAR_AWAY = 4_000_000_000_000_000


class LocalKMSTests(unittest.TestCase):
    def setUp(self):
        self.example = Example()
        self.arn = ARN_PREFIX + self.example.wrapper_key_id

    def kms(self, *entries):
        """A LocalKMS of these keys."""
        example = self.example
        payload = u32(len(entries)) + b"".join(entries) + u32(0)
        sealed = AESGCM(example.file_key).encrypt(example.file_header[88:], payload, example.file_header)
        return LocalKMS(example.file_header + sealed, machine_key=example.machine_key)

    def entry(self, *more_materials, key_id=None, **state):
        own = (self.example.material_id, self.example.material)
        return key_entry(key_id or self.example.wrapper_key_id, [own, *more_materials], **state)

    def unwrap(self, kms, ciphertext=None, arn=None, context=None):
        example = self.example
        return kms.unwrap(ciphertext or example.wrapped_data_key, arn or self.arn, context or example.context)

    def test_a_wrapped_key_unwraps(self):
        self.assertEqual(self.unwrap(self.kms(self.entry())), self.example.data_key)

    def test_what_an_older_material_wrapped_unwraps(self):
        newer = (drawn("newer material id", 32), drawn("newer material", 32))
        self.assertEqual(self.unwrap(self.kms(self.entry(newer))), self.example.data_key)

    def test_a_key_that_is_not_enabled_does_not_unwrap(self):
        for state in [{"state": DISABLED}, {"state": PENDING_DELETION, "deletion": FAR_AWAY}]:
            with self.assertRaises(KMSRefused):
                self.unwrap(self.kms(self.entry(**state)))

    def test_a_key_whose_deletion_date_has_passed_is_absent(self):
        with self.assertRaisesRegex(KMSRefused, "there is no wrapper key"):
            self.unwrap(self.kms(self.entry(state=PENDING_DELETION, deletion=TIME)))

    def test_another_wrapper_key_than_the_row_names_does_not_unwrap(self):
        kms = self.kms(self.entry(), self.entry(key_id=OTHER_KEY_ID))
        with self.assertRaisesRegex(KMSRefused, "another wrapper key"):
            self.unwrap(kms, arn=ARN_PREFIX + OTHER_KEY_ID)

    def test_an_arn_of_aws_names_no_key_of_the_file(self):
        key_id = self.example.wrapper_key_id
        for arn in ["arn:aws:kms:eu-west-1:111122223333:key/" + key_id, key_id]:
            with self.assertRaises(KMSRefused):
                self.unwrap(self.kms(self.entry()), arn=arn)

    def test_another_context_does_not_unwrap(self):
        context = self.example.context
        without_format = {key: value for key, value in context.items() if key != "nodevault:format"}
        for other in [{**context, "more": ""}, without_format, {**context, "nodevault:use": "integrity"}, {"": ""}]:
            with self.assertRaises(AuthenticationFailed):
                self.unwrap(self.kms(self.entry()), context=other)

    def test_a_wrapped_key_with_one_changed_bit_does_not_unwrap(self):
        kms, wrapped = self.kms(self.entry()), self.example.wrapped_data_key
        for index in range(len(wrapped)):
            with self.assertRaises((AuthenticationFailed, KMSRefused)):
                self.unwrap(kms, ciphertext=wrapped[:index] + bytes([wrapped[index] ^ 1]) + wrapped[index + 1 :])
        for length in range(1, len(wrapped)):
            with self.assertRaises(AuthenticationFailed):
                self.unwrap(kms, ciphertext=wrapped[:length])


class KeyFileTests(unittest.TestCase):
    def setUp(self):
        self.example = Example()
        self.file = self.example.key_file

    def test_a_file_with_one_changed_bit_does_not_open(self):
        for index in range(len(self.file)):
            changed = self.file[:index] + bytes([self.file[index] ^ 1]) + self.file[index + 1 :]
            with self.assertRaises((AuthenticationFailed, KMSRefused)):
                LocalKMS(changed, machine_key=self.example.machine_key)

    def test_a_shorter_file_does_not_open(self):
        for length in range(len(self.file)):
            with self.assertRaises((AuthenticationFailed, KMSRefused)):
                LocalKMS(self.file[:length], machine_key=self.example.machine_key)

    def test_another_machine_key_does_not_open_it(self):
        for other in [bytes(32), self.example.machine_key[:31], self.example.machine_key + b"\n"]:
            with self.assertRaises((AuthenticationFailed, KMSRefused)):
                LocalKMS(self.file, machine_key=other)

    def test_a_passphrase_does_not_open_a_file_that_a_machine_key_seals(self):
        with self.assertRaises(KMSRefused):
            LocalKMS(self.file, passphrase=self.example.machine_key)

    def test_a_file_under_a_passphrase_opens_with_it_alone(self):
        file = sealed_by_passphrase(self.example.payload, b"passphrase", log2_n=10, r=8, p=1)
        LocalKMS(file, passphrase=b"passphrase")
        with self.assertRaises(AuthenticationFailed):
            LocalKMS(file, passphrase=b"passphrase\n")
        with self.assertRaises(KMSRefused):
            LocalKMS(file, machine_key=self.example.machine_key)

    def test_costs_of_scrypt_out_of_bounds_are_refused_before_they_are_paid(self):
        header = b"nodevault-kms\x01\x01"
        for log2_n, r, p in [(9, 8, 1), (21, 1, 1), (15, 0, 1), (15, 65, 1), (15, 8, 0), (15, 8, 5), (20, 2, 1)]:
            file = header + struct.pack(">BII", log2_n, r, p) + bytes(200)
            with self.assertRaisesRegex(KMSRefused, "scrypt"):
                LocalKMS(file, passphrase=b"passphrase")

    def test_costs_of_scrypt_beside_a_machine_key_are_refused(self):
        header = self.file[:15] + b"\x0f" + self.file[16:100]
        file = header + AESGCM(self.example.file_key).encrypt(header[88:], self.example.payload, header)
        with self.assertRaises(KMSRefused):
            LocalKMS(file, machine_key=self.example.machine_key)

    def test_a_payload_that_is_not_strict_is_refused(self):
        payload, entry = self.example.payload, key_entry(self.example.wrapper_key_id, [(bytes(32), bytes(32))])
        for other in [payload + b"\0", payload[:-1], u32(2) + entry + entry + u32(0), u32(2) + entry + u32(0)]:
            sealed = AESGCM(self.example.file_key).encrypt(self.file[88:100], other, self.file[:100])
            with self.assertRaises(KMSRefused):
                LocalKMS(self.file[:100] + sealed, machine_key=self.example.machine_key)


def sealed_by_passphrase(payload, passphrase, log2_n, r, p):
    scrypt_salt, salt, nonce = drawn("scrypt salt", 32), drawn("file salt", 32), drawn("file nonce", 12)
    header = b"nodevault-kms\x01\x01" + struct.pack(">BII", log2_n, r, p) + scrypt_salt + salt + nonce
    secret = hashlib.scrypt(passphrase, salt=scrypt_salt, n=1 << log2_n, r=r, p=p, maxmem=1 << 28, dklen=32)
    return header + AESGCM(hkdf(secret, salt, b"nodevault/1/local-kms-file")).encrypt(nonce, payload, header)


if __name__ == "__main__":
    unittest.main()
