"""Keys, ids, names and arguments that are refused: a line of error, a hint, the right exit code, nothing changed."""

import subprocess

from case import CommandTestCase
from keyfiles import DER, PEM, TRADITIONAL, encoded
from vault import BINARY, full_template, surroundings

GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]

UNSUPPORTED = ["rsa-1024", "rsa-3072", "ec-p521", "ec-brainpool", "x25519", "dsa"]


class KeyFileTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.empty_vault()

    def check(self, content, code, exit_code=65, mentions=(), purpose="signing"):
        file = self.write("key", content)
        arguments = ["key", "import", file, "--purpose", purpose]
        self.check_refusal_changes_nothing(self.vault, arguments, exit_code, code, mentions)

    def test_an_empty_file(self):
        self.check(b"", "malformed-key", mentions=["empty"])

    def test_an_oversized_file(self):
        self.check(bytes(20_000), "too-large")
        self.check(bytes(100_000), "too-large")

    def test_keys_of_other_kinds(self):
        for kind in UNSUPPORTED:
            for encoding in [PEM, DER]:
                with self.subTest(kind, encoding=encoding):
                    self.check(encoded(kind, encoding), "unsupported-algorithm", mentions=["ed25519"])

    def test_traditional_forms_of_other_kinds(self):
        for kind in ["rsa-1024", "rsa-3072", "ec-p521"]:
            with self.subTest(kind):
                self.check(encoded(kind, DER, TRADITIONAL), "unsupported-algorithm")
        self.check(encoded("dsa", PEM, TRADITIONAL), "unsupported-algorithm")

    def test_trailing_bytes(self):
        for scheme in ["ed25519", "ec-p256", "rsa-2048"]:
            self.check(encoded(scheme) + b"\0", "malformed-key")
            self.check(encoded(scheme) + encoded(scheme), "malformed-key")

    def test_truncated_and_flipped_keys(self):
        for scheme in ["ed25519", "ec-p256"]:
            content = encoded(scheme)
            for size in [1, 2, 10, len(content) - 1]:
                self.check(content[:size], "malformed-key")
        content = encoded("ec-p256")
        self.check(content[:-1] + bytes([content[-1] ^ 1]), "public-key-mismatch")

    def test_what_is_no_private_key(self):
        self.check(b"no key at all\n" * 10, "malformed-key")
        public = self.openssl("pkey", "-pubout", input=encoded("ec-p256", PEM))
        self.check(public, "malformed-key", mentions=["PUBLIC KEY"])
        self.check(encoded("ed25519", PEM) * 2, "malformed-key", mentions=["2 PEM blocks"])
        self.check(encoded("ed25519", PEM)[:-20], "malformed-key")

    def test_a_missing_file_and_a_folder(self):
        arguments = ["key", "import", self.folder / "missing", "--purpose", "signing"]
        self.check_refusal_changes_nothing(self.vault, arguments, 66, "input-missing", ["missing"])
        arguments = ["key", "import", self.folder, "--purpose", "signing"]
        self.check_refusal_changes_nothing(self.vault, arguments, 74, "input-output", [str(self.folder)])

    def test_a_scheme_that_does_not_serve_the_purpose(self):
        self.check(encoded("rsa-2048"), "purpose-not-allowed", exit_code=64, mentions=["rsa-2048"])
        self.check(encoded("ed25519"), "purpose-not-allowed", exit_code=64, mentions=["ed25519"], purpose="encryption")

    def test_a_key_is_in_the_vault_once(self):
        self.vault.ok("key", "import", self.write("key", encoded("ed25519")), "--purpose", "signing")
        self.check(encoded("ed25519", PEM), "duplicate-key", exit_code=1)

    def test_a_name_is_in_the_vault_once(self):
        self.vault.generate("ed25519", "--name", "root")
        arguments = ["key", "import", self.write("key", encoded("ec-p256")), "--purpose", "signing", "--name", "root"]
        self.check_refusal_changes_nothing(self.vault, arguments, 1, "duplicate-name")


class KeyIdTests(CommandTestCase):
    def test_an_unknown_id_is_refused_with_the_nearest_one(self):
        vault = self.full_vault()
        key_id = vault.keys["ed25519"]["keyId"]
        near = key_id[:-1] + ("0" if key_id[-1] != "0" else "1")
        signature = self.write("signature", bytes(64))
        for wrong in [near, key_id[:20], key_id[:-1]]:
            for arguments in [
                ["key", "show", wrong], ["key", "public", wrong], ["key", "rename", wrong, "n"], ["sign", wrong],
                ["key", "delete", wrong, "--yes"], ["verify-signature", wrong, "--signature", signature],
                ["key", "export", wrong, "--out", self.folder / "out", "--insecure-clear"],
            ]:  # fmt: skip
                with self.subTest(arguments):
                    hint = f"did you mean {key_id}?"
                    self.check_refusal_changes_nothing(vault, arguments, 1, "key-not-found", [hint])

    def test_an_id_that_is_near_to_none_points_to_the_list(self):
        vault = self.full_vault()
        for wrong in ["nonsense", "", "1220"]:
            self.check_refusal_changes_nothing(vault, ["sign", wrong], 1, "key-not-found", ["nodevault key list"])


class UsageTests(CommandTestCase):
    """Wrong arguments."""

    def test_wrong_arguments_exit_64_in_the_form_of_every_error(self):
        vault = full_template()
        key_id = vault.keys["ed25519"]["keyId"]
        for arguments, word in [
            (["frobnicate"], "frobnicate"),
            (["key", "frobnicate"], "frobnicate"),
            (["status", "--frobnicate"], "--frobnicate"),
            (["status", "extra"], "extra"),
            (["key", "generate"], "--scheme"),
            (["key", "generate", "--scheme", "ed448", "--purpose", "signing"], "ed448"),
            (["key", "generate", "--scheme", "ed25519", "--purpose", "fun"], "fun"),
            ([*GENERATE, "--usage", "fun"], "fun"),
            (["key", "show"], "id"),
            (["key", "rename", key_id], "name"),
            (["key", "export", key_id], "--out"),
            (["sign"], "id"),
            (["sign", key_id, "--encoding", "rot13"], "rot13"),
            (["verify-signature", key_id], "--signature"),
            (["rewrap", "--jobs", "many"], "many"),
        ]:
            with self.subTest(arguments):
                self.check_refusal(vault, arguments, 64, "usage", [word])

    def test_a_wrong_format_is_told_as_text(self):
        self.assert_refused(full_template().run("--format", "xml", "status"), 64, mentions=["xml"])

    def test_the_hint_names_the_help_of_the_command(self):
        answer = full_template().run("key", "generate")
        self.assertIn("hint: nodevault key generate --help", answer.errors)

    def test_help_and_version_are_results(self):
        for words in ["--version", "--help", "help", "key --help", "key generate --help", "sign -h", "key"]:
            arguments = words.split()
            done = subprocess.run([BINARY, *arguments], capture_output=True, env=surroundings(), check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
            self.assertTrue(done.stdout)
        self.assertRegex(subprocess.check_output([BINARY, "--version"]), rb"^\d+\.\d+\.\d+\n$")
