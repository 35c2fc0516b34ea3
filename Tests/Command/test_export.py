"""`nodevault key export`: encrypted unless asked otherwise, the owner's alone, over no other file."""

from case import CommandTestCase
from keyfiles import PEM, encoded
from terminal import asked
from vault import IS_ROOT, NOBODY, PURPOSES, SCHEMES

PASSPHRASE = "correct horse"


class ExportTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.empty_vault()
        self.out = self.folder / "out.pem"
        self.passphrase = self.write("passphrase", PASSPHRASE)

    def imported(self, scheme="ec-p256"):
        file = self.write("key.pem", encoded(scheme, PEM))
        return self.vault.json("key", "import", file, "--purpose", PURPOSES[scheme])

    def export(self, key, *arguments):
        return ["key", "export", key["keyId"], "--out", self.out, *arguments]

    def test_openssl_opens_the_encrypted_export_of_every_scheme(self):
        for scheme in SCHEMES:
            with self.subTest(scheme):
                key = self.imported(scheme)
                answer = self.vault.json(*self.export(key, "--passphrase-file", self.passphrase, "--force"))
                self.assertEqual(answer, key)
                self.assertIn(b"BEGIN ENCRYPTED PRIVATE KEY", self.out.read_bytes())
                found = self.openssl("pkey", "-in", self.out, "-passin", f"file:{self.passphrase}")
                self.assertEqual(found, self.openssl("pkey", "-in", self.folder / "key.pem"))

    def test_the_encrypted_export_is_imported_again(self):
        key = self.imported()
        self.vault.ok(*self.export(key, "--passphrase-file", self.passphrase))
        self.vault.ok("key", "delete", key["keyId"], "--yes")
        arguments = ["key", "import", self.out, "--purpose", "signing", "--passphrase-file", self.passphrase]
        self.assertEqual(self.vault.json(*arguments)["keyId"], key["keyId"])

    def test_the_passphrase_is_asked_for_twice(self):
        key = self.imported()
        questions = [("new passphrase", PASSPHRASE), ("once more", PASSPHRASE)]
        answer, shown = asked(self.vault, self.export(key), *questions)
        self.assertEqual(answer.returncode, 0, answer)
        self.assertNotIn(PASSPHRASE, shown)
        self.openssl("pkcs8", "-in", self.out, "-passin", f"file:{self.passphrase}")

    def test_insecure_clear_is_byte_for_byte_the_key_that_was_imported(self):
        key = self.imported()
        answer = self.vault.ok(*self.export(key, "--insecure-clear"))
        self.assertEqual(self.out.read_bytes(), encoded("ec-p256", PEM))
        self.assertEqual(answer.text, f"wrote {key['keyId']} to {self.out}, unencrypted")
        self.openssl("pkey", "-in", self.out, "-check")

    def test_the_file_is_the_owners_alone_whatever_the_umask(self):
        key = self.imported()
        for mask in [0, 0o022, 0o777]:
            self.vault.ok(*self.export(key, "--insecure-clear", "--force"), umask=mask)
            self.assertEqual(oct(self.out.stat().st_mode & 0o777), "0o600")
            self.out.unlink()

    def test_an_existing_file_is_kept_unless_forced(self):
        key = self.imported()
        self.out.write_bytes(b"precious")
        self.out.chmod(0o644)
        self.check_refusal(self.vault, self.export(key, "--insecure-clear"), 73, "output-exists", [str(self.out)])
        self.assertEqual(self.out.read_bytes(), b"precious")
        self.vault.ok(*self.export(key, "--insecure-clear", "--force"))
        self.assertEqual(self.out.read_bytes(), encoded("ec-p256", PEM))
        self.assertEqual(oct(self.out.stat().st_mode & 0o777), "0o600")

    def test_a_link_is_neither_followed_nor_replaced(self):
        key = self.imported()
        self.out.symlink_to(self.folder / "elsewhere")
        self.check_refusal(self.vault, self.export(key, "--insecure-clear"), 73, "output-exists")
        self.assertFalse((self.folder / "elsewhere").exists())

    def test_nothing_is_left_beside_the_file(self):
        key = self.imported()
        before = set(self.folder.iterdir())
        self.vault.ok(*self.export(key, "--insecure-clear"))
        self.assertEqual(set(self.folder.iterdir()) - before, {self.out})

    def test_an_empty_passphrase_is_refused(self):
        key = self.imported()
        self.passphrase.write_bytes(b"\n")
        arguments = self.export(key, "--passphrase-file", self.passphrase)
        self.check_refusal_changes_nothing(self.vault, arguments, 64, "invalid-argument")
        self.assertFalse(self.out.exists())

    def test_an_unknown_key_writes_no_file(self):
        key = self.imported()
        near = key["keyId"][:-1] + ("0" if key["keyId"][-1] != "0" else "1")
        arguments = ["key", "export", near, "--out", self.out, "--insecure-clear"]
        self.check_refusal_changes_nothing(self.vault, arguments, 1, "key-not-found", [key["keyId"]])
        self.assertFalse(self.out.exists())

    def test_a_folder_that_is_missing_or_takes_no_file_is_named(self):
        key = self.imported()
        arguments = ["key", "export", key["keyId"], "--insecure-clear", "--out", self.folder / "missing" / "out.pem"]
        self.check_refusal(self.vault, arguments, 74, "input-output", ["missing/out.pem"])
        closed = self.folder / "closed"
        closed.mkdir(0o500)
        user = {}
        if IS_ROOT:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            self.vault.give_to(NOBODY)
            self.folder.chmod(0o755)
            closed.chmod(0o555)
        arguments = ["key", "export", key["keyId"], "--insecure-clear", "--out", closed / "out.pem"]
        self.check_refusal(self.vault, arguments, 77, "file-access", ["closed/out.pem"], **user)
