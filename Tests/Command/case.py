"""What the tests of the command have in common."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from answer import ERROR_FIELDS
from vault import Vault, empty_template, full_template


class CommandTestCase(unittest.TestCase):
    """A test with a temporary folder of its own."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="nodevault-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def new_vault(self, configuration=None):
        """A folder with a configuration, and nothing made yet."""
        return Vault(self.folder, *[configuration] if configuration else [])

    def empty_vault(self):
        return empty_template().copy(self.folder / "vault")

    def full_vault(self):
        """A vault with a key of every scheme; `keys` has their documents."""
        template = full_template()
        vault = template.copy(self.folder / "vault")
        vault.keys = template.keys
        return vault

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def openssl(self, *arguments, input=b""):
        done = subprocess.run(["openssl", *map(str, arguments)], input=input, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, f"openssl {arguments}: {done.stderr.decode()}")
        return done.stdout

    def assert_refused(self, answer, exit_code, mentions=()):
        """One line of error and one of hint, nothing on standard output, and the exit code that fits."""
        lines = [line for line in answer.errors.splitlines() if not line.startswith("nodevault: warning: ")]
        self.assertEqual(answer.returncode, exit_code, answer)
        self.assertEqual(answer.stdout, b"", answer)
        self.assertEqual(len(lines), 2, answer)
        self.assertRegex(lines[0], r"^nodevault: error: \S.*", answer)
        self.assertRegex(lines[1], r"^hint: \S.*", answer)
        for word in mentions:
            self.assertIn(word, answer.errors)

    def assert_refused_as_json(self, answer, exit_code, code, mentions=()):
        """The error document with all of its fields."""
        self.assertEqual(answer.returncode, exit_code, answer)
        self.assertEqual(answer.stdout, b"", answer)
        error = answer.error
        self.assertEqual(list(error), ERROR_FIELDS)
        self.assertEqual(error["code"], code, answer)
        for field in ["operation", "message", "hint"]:
            self.assertIsInstance(error[field], str, answer)
            self.assertNotIn("\n", error[field])
        self.assertIsInstance(error["retryable"], bool)
        for word in mentions:
            self.assertIn(word, error["message"] + error["hint"])

    def check_refusal(self, vault, arguments, exit_code, code, mentions=(), **options):
        """The same refusal as text and as JSON."""
        self.assert_refused(vault.run(*arguments, **options), exit_code, mentions=mentions)
        answer = vault.run("--format", "json", *arguments, **options)
        self.assert_refused_as_json(answer, exit_code, code, mentions=mentions)

    def check_refusal_changes_nothing(self, vault, arguments, exit_code, code, mentions=(), **options):
        """The refusal, and not a byte of the vault's file is another one after it."""
        before = vault.file.read_bytes()
        self.check_refusal(vault, arguments, exit_code, code, mentions, **options)
        self.assertEqual(vault.file.read_bytes(), before)
