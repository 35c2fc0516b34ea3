"""`nodevault sign` and `nodevault verify-signature`, with OpenSSL's command as the judge."""

import base64

from case import CommandTestCase
from cryptography.hazmat.primitives.serialization import load_der_public_key

DIGESTS = {"ec-p256": "sha256", "ec-p384": "sha384", "ec-secp256k1": "sha256"}
MESSAGE = b"a message\x00 with any bytes \xff\n" * 1000


class SignTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()
        self.message = self.write("message", MESSAGE)

    def key_id(self, scheme):
        return self.vault.keys[scheme]["keyId"]

    def judged_by_openssl(self, scheme, signature):
        public = self.write("public.pem", self.vault.ok("key", "public", self.key_id(scheme)).stdout)
        file = self.write("signature", signature)
        how = ["-rawin"] if scheme == "ed25519" else ["-rawin", "-digest", DIGESTS[scheme]]
        arguments = ["pkeyutl", "-verify", "-pubin", "-inkey", public, "-sigfile", file, "-in", self.message, *how]
        self.assertIn(b"Signature Verified Successfully", self.openssl(*arguments))

    def test_openssl_verifies_a_signature_of_every_signing_scheme(self):
        for scheme in ["ed25519", *DIGESTS]:
            with self.subTest(scheme):
                answer = self.vault.ok("sign", self.key_id(scheme), self.message)
                self.judged_by_openssl(scheme, answer.stdout)
                self.assertEqual(answer.errors, "")

    def test_a_message_comes_from_a_file_or_from_standard_input(self):
        from_file = self.vault.ok("sign", self.key_id("ed25519"), self.message).stdout
        from_input = self.vault.ok("sign", self.key_id("ed25519"), input=MESSAGE).stdout
        self.assertEqual(from_file, from_input)
        self.assertEqual(len(from_file), 64)

    def test_an_empty_message_is_a_message(self):
        # OpenSSL's command takes no empty file for Ed25519.
        self.message.write_bytes(b"")
        self.judged_by_openssl("ec-p256", self.vault.ok("sign", self.key_id("ec-p256"), self.message).stdout)
        public = load_der_public_key(base64.b64decode(self.vault.keys["ed25519"]["publicKey"]))
        public.verify(self.vault.ok("sign", self.key_id("ed25519")).stdout, b"")

    def test_base64_and_hex_are_the_raw_signature_and_a_line_end(self):
        raw = self.vault.ok("sign", self.key_id("ed25519"), self.message, "--encoding", "raw").stdout
        in_base64 = self.vault.ok("sign", self.key_id("ed25519"), self.message, "--encoding", "base64").stdout
        in_hex = self.vault.ok("sign", self.key_id("ed25519"), self.message, "--encoding", "hex").stdout
        self.assertEqual(in_base64, base64.b64encode(raw) + b"\n")
        self.assertEqual(in_hex, raw.hex().encode() + b"\n")

    def test_the_json_format_leaves_the_bare_signature(self):
        answer = self.vault.ok("--format", "json", "sign", self.key_id("ed25519"), self.message)
        self.judged_by_openssl("ed25519", answer.stdout)

    def test_encryption_keys_do_not_sign(self):
        encryption_keys = [self.key_id("rsa-2048"), self.vault.generate("ec-p256", purpose="encryption")["keyId"]]
        for key_id in encryption_keys:
            self.check_refusal_changes_nothing(
                self.vault, ["sign", key_id, self.message], 64, "purpose-not-allowed", ["for encryption"]
            )

    def test_a_missing_message_and_an_unreadable_one_are_told_apart(self):
        arguments = ["sign", self.key_id("ed25519"), self.folder / "missing"]
        self.check_refusal(self.vault, arguments, 66, "input-missing", ["missing"])
        arguments = ["sign", self.key_id("ed25519"), self.folder]
        self.check_refusal(self.vault, arguments, 74, "input-output", [str(self.folder)])

    def test_signatures_are_counted_nowhere_so_signing_changes_no_byte(self):
        before = self.vault.file.read_bytes()
        self.vault.ok("sign", self.key_id("ed25519"), self.message)
        self.assertEqual(self.vault.file.read_bytes(), before)


class VerifySignatureTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()

    def check(self, scheme, signature, message, is_valid):
        file = self.write("signature", signature)
        arguments = ["verify-signature", self.vault.keys[scheme]["keyId"], "--signature", file]
        answer = self.vault.run("--format", "json", *arguments, input=message)
        self.assertEqual(answer.json, {"valid": is_valid})
        self.assertEqual(answer.returncode, 0 if is_valid else 65)
        text = self.vault.run(*arguments, self.write("message", message))
        self.assertEqual(text.text, "the signature is valid" if is_valid else "the signature is not valid")
        self.assertEqual(text.returncode, 0 if is_valid else 65)

    def test_our_signatures_are_valid_and_for_their_message_only(self):
        for scheme in ["ed25519", *DIGESTS]:
            with self.subTest(scheme):
                signature = self.vault.ok("sign", self.vault.keys[scheme]["keyId"], input=b"a message").stdout
                self.check(scheme, signature, b"a message", True)
                self.check(scheme, signature, b"b message", False)

    def test_signatures_of_openssl_are_valid(self):
        key = self.folder / "key.pem"
        self.openssl("genpkey", "-algorithm", "ED25519", "-out", key)
        self.vault.keys["imported"] = self.vault.json("key", "import", key, "--purpose", "signing")
        message = self.write("message", b"a message")
        signature = self.openssl("pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", message)
        self.check("imported", signature, b"a message", True)

    def test_what_is_no_signature_is_not_valid(self):
        for signature in [b"", b"x", bytes(64), bytes(100_000)]:
            self.check("ed25519", signature, b"a message", False)
            self.check("ec-p256", signature, b"a message", False)

    def test_the_key_is_not_opened(self):
        signature = self.vault.ok("sign", self.vault.keys["ed25519"]["keyId"], input=b"a message").stdout
        self.vault.key_file.unlink()
        self.check("ed25519", signature, b"a message", True)

    def test_missing_files_are_named(self):
        arguments = ["verify-signature", self.vault.keys["ed25519"]["keyId"], "--signature"]
        self.check_refusal(self.vault, [*arguments, "missing-signature"], 66, "input-missing", ["missing-signature"])
        signature = self.write("signature", bytes(64))
        self.check_refusal(self.vault, [*arguments, signature, "missing"], 66, "input-missing", ["missing"])

    def test_an_encryption_key_verifies_nothing(self):
        signature = self.write("signature", bytes(256))
        arguments = ["verify-signature", self.vault.keys["rsa-2048"]["keyId"], "--signature", signature]
        self.check_refusal(self.vault, arguments, 64, "purpose-not-allowed")
