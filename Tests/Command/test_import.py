"""`nodevault key import`: every form of private key, and where its passphrase comes from."""

import base64
import os

from case import CommandTestCase
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from keyfiles import DER, PEM, TRADITIONAL, encoded, encrypted, private_key
from terminal import asked
from vault import PURPOSES, SCHEMES

PASSPHRASE = "correct horse"


class ImportTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.empty_vault()

    def check_import(self, scheme, content, exported=None, arguments=(), **options):
        """Imports a file, compares the public key, exports it and compares the PKCS#8."""
        file = self.write("key", content)
        key = self.vault.json("key", "import", file, "--purpose", PURPOSES[scheme], *arguments, **options)
        public = private_key(scheme).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.assertEqual(base64.b64decode(key["publicKey"]), public)
        self.assertEqual(key["scheme"], scheme)
        out = self.folder / "exported.pem"
        self.vault.ok("key", "export", key["keyId"], "--out", out, "--insecure-clear", "--force")
        self.assertEqual(pem_content(out.read_bytes()), exported or encoded(scheme))
        self.vault.ok("key", "delete", key["keyId"], "--yes")
        return key

    def test_pkcs8_of_every_scheme_in_pem_and_der_is_kept_byte_for_byte(self):
        for scheme in SCHEMES:
            for encoding in [PEM, DER]:
                with self.subTest(scheme, encoding=encoding):
                    self.check_import(scheme, encoded(scheme, encoding))

    def test_pkcs8_of_version_2_with_its_public_key_is_kept_byte_for_byte(self):
        public = private_key("ed25519").public_key().public_bytes_raw()
        inner = bytes.fromhex("020101300506032b6570") + encoded("ed25519")[12:] + bytes.fromhex("812100") + public
        content = bytes([0x30, len(inner)]) + inner
        self.check_import("ed25519", content, exported=content)
        other = content[:-1] + bytes([content[-1] ^ 1])
        arguments = ["key", "import", self.write("key", other), "--purpose", "signing"]
        self.check_refusal_changes_nothing(self.vault, arguments, 65, "public-key-mismatch")

    def test_sec1_is_converted(self):
        for scheme in ["ec-p256", "ec-p384", "ec-secp256k1"]:
            for encoding in [PEM, DER]:
                with self.subTest(scheme, encoding=encoding):
                    self.check_import(scheme, encoded(scheme, encoding, TRADITIONAL))

    def test_pkcs1_is_converted(self):
        for encoding in [PEM, DER]:
            self.check_import("rsa-2048", encoded("rsa-2048", encoding, TRADITIONAL))

    def test_encrypted_pkcs8_with_a_passphrase_from_a_file(self):
        file = self.write("passphrase", PASSPHRASE + "\n")
        for scheme in SCHEMES:
            with self.subTest(scheme):
                self.check_import(scheme, encrypted(scheme, PASSPHRASE), arguments=["--passphrase-file", file])
        self.check_import("ed25519", encrypted("ed25519", PASSPHRASE, DER), arguments=["--passphrase-file", file])

    def test_encrypted_pkcs8_with_a_passphrase_from_a_descriptor(self):
        reading, writing = os.pipe()
        os.write(writing, PASSPHRASE.encode())
        os.close(writing)
        arguments = ["--passphrase-fd", reading]
        self.check_import("ec-p256", encrypted("ec-p256", PASSPHRASE), arguments=arguments, pass_fds=[reading])
        os.close(reading)
        self.check_import(
            "ec-p384", encrypted("ec-p384", PASSPHRASE), arguments=["--passphrase-fd", 0], input=PASSPHRASE.encode()
        )

    def test_encrypted_pkcs8_with_a_passphrase_from_the_terminal(self):
        file = self.write("key", encrypted("ed25519", PASSPHRASE))
        arguments = ["key", "import", file, "--purpose", "signing"]
        answer, shown = asked(self.vault, arguments, ("passphrase of", PASSPHRASE))
        self.assertEqual(answer.returncode, 0, answer)
        self.assertNotIn(PASSPHRASE, shown)

    def test_a_file_encrypted_by_openssl(self):
        clear = self.write("clear.pem", encoded("ec-p256", PEM))
        passphrase = self.write("passphrase", PASSPHRASE)
        for how in [["-v2", "aes-128-cbc"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"], ["-scrypt"]]:
            with self.subTest(how):
                content = self.openssl("pkcs8", "-topk8", "-in", clear, "-passout", f"file:{passphrase}", *how)
                self.check_import("ec-p256", content, arguments=["--passphrase-file", passphrase])

    def test_a_dash_reads_standard_input(self):
        key = self.vault.json("key", "import", "-", "--purpose", "signing", input=encoded("ed25519", PEM))
        self.assertEqual(key["scheme"], "ed25519")

    def test_name_and_usages_are_kept(self):
        file = self.write("key", encoded("ed25519"))
        arguments = ["key", "import", file, "--purpose", "signing", "--usage", "namespace", "--name", "root"]
        key = self.vault.json(*arguments)
        self.assertEqual((key["name"], key["usages"]), ("root", ["namespace"]))

    def test_the_text_is_the_key_id_alone(self):
        answer = self.vault.ok("key", "import", self.write("key", encoded("ed25519")), "--purpose", "signing")
        self.assertRegex(answer.text, "^1220[0-9a-f]{64}$")
        self.assertEqual(answer.errors, "")

    def test_an_unencrypted_file_needs_no_passphrase_and_takes_none(self):
        file = self.write("passphrase", PASSPHRASE)
        self.check_import("ed25519", encoded("ed25519", PEM), arguments=["--passphrase-file", file])


class ImportPassphraseRefusalTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.empty_vault()
        self.file = self.write("key", encrypted("ed25519", PASSPHRASE))
        self.arguments = ["key", "import", self.file, "--purpose", "signing"]

    def check(self, arguments, exit_code, code, mentions=(), **options):
        self.check_refusal_changes_nothing(self.vault, self.arguments + arguments, exit_code, code, mentions, **options)

    def test_a_wrong_passphrase(self):
        self.check(["--passphrase-file", self.write("passphrase", "wrong")], 65, "wrong-passphrase", ["passphrase"])

    def test_no_passphrase_and_no_terminal(self):
        self.check([], 64, "passphrase-needed", ["--passphrase-file"])

    def test_a_missing_passphrase_file(self):
        self.check(["--passphrase-file", self.folder / "missing"], 66, "input-missing", ["missing"])

    def test_an_empty_passphrase_file(self):
        file = self.write("passphrase", "\nsecond line")
        self.check(["--passphrase-file", file], 64, "invalid-argument", ["first line"])

    def test_an_oversized_passphrase_file(self):
        self.check(["--passphrase-file", self.write("passphrase", "x" * 70_000)], 65, "too-large")

    def test_a_closed_descriptor(self):
        self.check(["--passphrase-fd", "77"], 74, "input-output", ["descriptor 77"])

    def test_passphrase_file_and_descriptor_exclude_each_other(self):
        file = self.write("passphrase", PASSPHRASE)
        self.check(["--passphrase-file", file, "--passphrase-fd", "0"], 64, "usage", ["--passphrase-fd"])


def pem_content(pem):
    """The bytes of a PEM file with one PKCS#8 key in it."""
    lines = pem.decode().splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"), lines[0]
    return base64.b64decode("".join(lines[1:-1]), validate=True)
