"""Vaults made by the nodevault command, opened by the independent opener."""

import subprocess
import sys
import unittest
from pathlib import Path

from command import openssl, write_private
from made_vault import made_vault
from open_vault import open_vault

OPENER = Path(__file__).with_name("open_vault.py")


class OpeningTests:
    """What holds for a vault whatever wraps its data keys."""

    @classmethod
    def setUpClass(cls):
        cls.made = cls.make()
        cls.nodevault = cls.made.nodevault
        cls.document = open_vault(cls.nodevault.vault, cls.made.kms())

    def test_every_imported_key_is_read_byte_for_byte(self):
        found = {record["keyId"]: record["pkcs8"] for record in self.document["records"]}
        self.assertEqual(len(self.made.originals), 8)
        for key_id, pkcs8 in self.made.originals.items():
            self.assertEqual(found[key_id], pkcs8.hex())

    def test_every_key_is_read_as_the_command_exports_it(self):
        for record in self.document["records"]:
            exported = self.nodevault.folder / "exported.pem"
            self.nodevault("key", "export", record["keyId"], "--out", str(exported), "--insecure-clear", "--force")
            base64_lines = exported.read_text().split("-----")[2]
            self.assertEqual(base64_lines.split(), pem_lines(bytes.fromhex(record["pkcs8"])))

    def test_every_other_field_is_what_key_list_shows(self):
        listed = self.nodevault("key", "list")["keys"]
        self.assertEqual(len(listed), 12)
        read = [{name: record[name] for name in listed[0]} for record in self.document["records"]]
        self.assertEqual(read, listed)

    def test_vault_id_node_and_epoch_are_what_status_shows(self):
        status = self.nodevault("status")
        for name in ["vaultId", "node", "epoch"]:
            self.assertEqual(self.document[name], status[name])
        self.assertGreater(len(status["dataKeys"]), 5)
        self.assertEqual({key["wrapperKey"] for key in status["dataKeys"]}, {self.made.rewrapped["to"]})

    def test_an_earlier_copy_opens_as_it_was(self):
        earlier = open_vault(self.made.earlier, self.made.kms())
        self.assertEqual(len(earlier["records"]), 13)
        self.assertLess(earlier["epoch"], self.document["epoch"])

    def test_the_script_prints_the_document_and_leaves_the_vault_alone(self):
        before = self.nodevault.vault.read_bytes()
        process = self.opener()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertIn('"Schlüssel ☃ 🔑"', process.stdout)
        self.assertEqual(self.nodevault.vault.read_bytes(), before)

    def run_opener(self, vault, *arguments, environment=None):
        whole = [sys.executable, OPENER, vault, *arguments]
        return subprocess.run(whole, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


class LocalOpeningTests(OpeningTests):
    """What holds under either protection of a LocalKMS file."""

    passphrase = None

    @classmethod
    def make(cls):
        return made_vault(cls.passphrase)

    def opener(self, **replaced):
        files = {"vault": self.nodevault.vault, "kms": self.nodevault.key_file, "secret": self.secret_file, **replaced}
        return self.run_opener(files["vault"], "--kms-file", files["kms"], self.secret_option, files["secret"])

    def test_the_script_refuses_in_one_line_and_prints_no_key(self):
        other = write_private(self.nodevault.folder / "other", b"x" * 32)
        wrong = [{"secret": other}, {"vault": other}, {"kms": other}, {"vault": "/no"}]
        refusals = [self.opener(**files) for files in wrong]
        for process in refusals:
            self.assertEqual((process.stdout, process.stderr.count("\n")), ("", 1))
        self.assertEqual([process.returncode for process in refusals], [65, 65, 69, 66])


class MachineKeyTests(LocalOpeningTests, unittest.TestCase):
    secret_option = "--machine-key-file"

    @property
    def secret_file(self):
        return self.nodevault.machine_key_file


class PassphraseTests(LocalOpeningTests, unittest.TestCase):
    passphrase = "correct horse ☃ battery\n".encode()
    secret_option = "--passphrase-file"

    @property
    def secret_file(self):
        return self.nodevault.passphrase_file


def pem_lines(content):
    return openssl("base64", standard_input=content).decode().split()


if __name__ == "__main__":
    unittest.main()
