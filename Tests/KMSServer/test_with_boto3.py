"""The cryptographic operations and key states, each success with its refusals, as boto3 sees them over HTTPS."""

import os
import unittest

from kms_case import ACCOUNT, KMSCase

CONTEXT = {"nodevault:vault": "7f0c", "nodevault:key": "1", "nodevault:use": "data-key"}


class Encrypting(KMSCase):
    def test_a_data_key_is_unwrapped_with_the_same_context_only(self):
        key = self.key()
        made = self.kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
        self.assertEqual(len(made["Plaintext"]), 32)
        self.assertEqual(made["KeyId"], key)
        shuffled = dict(reversed(CONTEXT.items()))
        opened = self.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=shuffled)
        self.assertEqual(opened["Plaintext"], made["Plaintext"])
        self.assertEqual(opened["KeyMaterialId"], made["KeyMaterialId"])
        self.assertEqual(opened["KeyId"], key)
        others = [{}, {**CONTEXT, "more": "x"}, {k: v for k, v in CONTEXT.items() if k != "nodevault:use"}]
        others += [{**CONTEXT, "nodevault:key": "2"}, {name.upper(): value for name, value in CONTEXT.items()}]
        for context in others:
            with self.subTest(context=context):
                message = self.refused(
                    "InvalidCiphertextException",
                    self.kms.decrypt,
                    CiphertextBlob=made["CiphertextBlob"],
                    EncryptionContext=context,
                )
                self.assertEqual(message, "")

    def test_context_pairs_are_not_run_together(self):
        key = self.key()
        pairs = [
            {"a": "bc"},
            {"ab": "c"},
            {"a": "b", "c": ""},
            {"abc": ""},
            {"": "abc"},
            {"a": "b", "c": "d"},
            {"a": "bcd"},
        ]
        blobs = [
            self.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=pair)["CiphertextBlob"] for pair in pairs
        ]
        for sealed_with, blob in zip(pairs, blobs):
            for opened_with in pairs:
                with self.subTest(sealed=sealed_with, opened=opened_with):
                    call = {"CiphertextBlob": blob, "EncryptionContext": opened_with}
                    if sealed_with == opened_with:
                        self.assertEqual(self.kms.decrypt(**call)["Plaintext"], b"x")
                    else:
                        self.refused("InvalidCiphertextException", self.kms.decrypt, **call)

    def test_no_context_and_an_empty_one_are_the_same(self):
        blob = self.kms.encrypt(KeyId=self.key(), Plaintext=b"x", EncryptionContext={})["CiphertextBlob"]
        self.assertEqual(self.kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")

    def test_each_changed_or_missing_byte_is_refused(self):
        blob = self.kms.encrypt(KeyId=self.key(), Plaintext=b"secret")["CiphertextBlob"]
        for position in [0, 1, 4, 5, 36, 37, 68, 69, 80, 81, 135, 136, len(blob) - 1]:
            changed = bytearray(blob)
            changed[position] ^= 1
            self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=bytes(changed))
        for length in (1, 135, 152, len(blob) - 1):
            self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=blob[:length])
        self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=blob + b"\0")

    def test_a_blob_is_as_long_as_those_of_aws(self):
        blob = self.kms.generate_data_key(KeyId=self.key(), KeySpec="AES_256")["CiphertextBlob"]
        self.assertEqual(len(blob), 184)
        self.assertEqual(blob[:5].hex(), "0102020078")

    def test_limits_of_plaintext_ciphertext_and_data_keys(self):
        key = self.key()
        blob = self.kms.encrypt(KeyId=key, Plaintext=os.urandom(4096))["CiphertextBlob"]
        self.assertEqual(len(self.kms.decrypt(CiphertextBlob=blob)["Plaintext"]), 4096)
        refused = self.refused("ValidationException", self.kms.encrypt, KeyId=key, Plaintext=bytes(4097))
        self.assertIn(
            "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
            refused,
        )
        self.refused("ValidationException", self.kms.encrypt, KeyId=key, Plaintext=b"")
        self.refused(
            "ValidationException", self.kms.decrypt, CiphertextBlob=bytes(6145), message="less than or equal to 6144"
        )
        self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=bytes(6144))
        self.assertEqual(len(self.kms.generate_data_key(KeyId=key, NumberOfBytes=1024)["Plaintext"]), 1024)
        self.assertEqual(len(self.kms.generate_data_key(KeyId=key, KeySpec="AES_128")["Plaintext"]), 16)
        self.refused(
            "ValidationException", self.kms.generate_data_key, KeyId=key, NumberOfBytes=1025, message="'numberOfBytes'"
        )
        self.refused("ValidationException", self.kms.generate_data_key, KeyId=key)
        self.refused("ValidationException", self.kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
        self.refused(
            "ValidationException", self.kms.generate_data_key, KeyId=key, KeySpec="AES_512", message="enum value set"
        )

    def test_key_material_ids_come_from_those_operations_that_answer_them(self):
        key = self.key()
        current = self.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
        self.assertRegex(current, "^[0-9a-f]{64}$")
        encrypted = self.kms.encrypt(KeyId=key, Plaintext=b"x")
        self.assertNotIn("KeyMaterialId", encrypted)
        self.assertEqual(self.kms.decrypt(CiphertextBlob=encrypted["CiphertextBlob"])["KeyMaterialId"], current)
        self.assertEqual(self.kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"], current)
        without = self.kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
        self.assertEqual(without["KeyMaterialId"], current)
        self.assertNotIn("Plaintext", without)

    def test_reencrypt_changes_key_and_context(self):
        source, destination = self.key(), self.key()
        made = self.kms.generate_data_key(KeyId=source, KeySpec="AES_256", EncryptionContext=CONTEXT)
        call = {
            "CiphertextBlob": made["CiphertextBlob"],
            "SourceEncryptionContext": CONTEXT,
            "DestinationKeyId": destination,
        }
        moved = self.kms.re_encrypt(**call, SourceKeyId=source, DestinationEncryptionContext={"new": "context"})
        self.assertEqual((moved["SourceKeyId"], moved["KeyId"]), (source, destination))
        self.assertEqual(moved["SourceKeyMaterialId"], made["KeyMaterialId"])
        target = self.kms.describe_key(KeyId=destination)["KeyMetadata"]["CurrentKeyMaterialId"]
        self.assertEqual(moved["DestinationKeyMaterialId"], target)
        opened = self.kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"new": "context"})
        self.assertEqual((opened["Plaintext"], opened["KeyId"]), (made["Plaintext"], destination))
        self.refused(
            "InvalidCiphertextException",
            self.kms.decrypt,
            CiphertextBlob=moved["CiphertextBlob"],
            EncryptionContext=CONTEXT,
        )
        self.refused("IncorrectKeyException", self.kms.re_encrypt, **call, SourceKeyId=destination)
        self.refused("InvalidCiphertextException", self.kms.re_encrypt, **{**call, "SourceEncryptionContext": {}})
        self.refused("NotFoundException", self.kms.re_encrypt, **{**call, "DestinationKeyId": "alias/none"})

    def test_a_named_key_must_be_the_ciphertexts(self):
        key, other = self.key(), self.key()
        blob = self.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(self.kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"], b"x")
        self.refused("IncorrectKeyException", self.kms.decrypt, CiphertextBlob=blob, KeyId=other)

    def test_a_dry_run_checks_everything_and_answers_nothing(self):
        key = self.key()
        blob = self.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        calls = [
            (self.kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
            (self.kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
            (self.kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
            (self.kms.decrypt, {"CiphertextBlob": blob}),
            (self.kms.decrypt, {"KeyId": key, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}),
            (self.kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        ]
        for call, parameters in calls:
            self.refused("DryRunOperationException", call, **parameters, DryRun=True, message="would have succeeded")
        self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=blob[:-1], DryRun=True)
        self.refused("ValidationException", self.kms.decrypt, DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"])
        self.kms.disable_key(KeyId=key)
        for call, parameters in calls:
            self.refused("DisabledException", call, **parameters, DryRun=True)

    def test_keys_of_another_use_do_not_encrypt(self):
        sign = self.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        mac = self.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        rsa = self.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
        for key in (sign, mac, rsa):
            self.refused("InvalidKeyUsageException", self.kms.generate_data_key, KeyId=key, KeySpec="AES_256")
            self.refused("InvalidKeyUsageException", self.kms.encrypt, KeyId=key, Plaintext=b"x")
            metadata = self.kms.describe_key(KeyId=key)["KeyMetadata"]
            self.assertNotIn("CurrentKeyMaterialId", metadata)
        self.refused("ValidationException", self.kms.create_key, KeySpec="RSA_2048")
        blob = self.kms.encrypt(KeyId=self.key(), Plaintext=b"x")["CiphertextBlob"]
        message = self.refused(
            "InvalidKeyUsageException", self.kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=sign
        )
        self.assertEqual(message, f"{sign} key usage is SIGN_VERIFY which is not valid for Encrypt (via ReEncrypt).")


class Naming(KMSCase):
    def test_the_four_ways_to_name_a_key(self):
        arn = self.key()
        self.kms.create_alias(AliasName="alias/node", TargetKeyId=arn)
        for name in (arn, arn.split("/")[1], "alias/node", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/node"):
            self.assertEqual(self.kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"], arn)
            self.assertEqual(self.kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"], arn)

    def test_what_names_no_key(self):
        missing = "1234abcd-12ab-34cd-56ef-1234567890ab"
        expected = {
            missing: f"Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{missing}' does not exist",
            "alias/none": f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/none is not found.",
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{missing}": "Invalid arn eu-west-1",
            "arn:aws:s3:::bucket": "Invalid arn",
            "nonsense": "Invalid keyId 'nonsense'",
        }
        for name, message in expected.items():
            for call in (
                self.kms.describe_key,
                lambda KeyId: self.kms.generate_data_key(KeyId=KeyId, KeySpec="AES_256"),
            ):
                self.assertEqual(self.refused("NotFoundException", call, KeyId=name), message)
        self.refused("NotFoundException", self.kms.enable_key, KeyId="alias/none")
        self.refused("ValidationException", self.kms.describe_key, KeyId="x" * 2049)

    def test_a_ciphertext_of_another_region_is_not_known_here(self):
        there = self.client(region="eu-west-1")
        key = self.key(there)
        blob = there.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        message = (
            "kms:Decrypt on the resource associated with this ciphertext "
            "because the resource does not exist in this Region"
        )
        self.refused("AccessDeniedException", self.kms.decrypt, CiphertextBlob=blob, message=message)
        self.refused(
            "NotFoundException", self.kms.decrypt, CiphertextBlob=blob, KeyId=key, message="Invalid arn eu-west-1"
        )
        self.assertEqual(there.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")


if __name__ == "__main__":
    unittest.main()
