"""The page, its worked example, and the vault of that example, which no code of NodeVault's has written."""

import contextlib
import json
import re
import sqlite3
import tempfile
import unittest
from pathlib import Path

import page
from command import NodeVault, openssl, write_private
from envelope import AuthenticationFailed
from forgeries import FORGERIES
from local_kms import LocalKMS
from open_vault import open_vault
from vault_rows import TABLES, NotAVault
from worked_example import PROJECT, SCHEMA, VECTORS, Example

PAGE = (PROJECT / "docs/envelope-format.md").read_text()


class PageTests(unittest.TestCase):
    def test_the_worked_example_of_the_page_is_what_its_rules_give(self):
        self.assertTrue(PAGE.endswith(page.section()), "run page.py for section 12")

    def test_the_worked_example_seals_the_first_known_record(self):
        example, known = Example(), json.loads(VECTORS.read_text())["records"][0]
        self.assertEqual((example.sealed.hex(), example.binding.hex()), (known["sealed"], known["binding"]))

    def test_the_vault_of_the_worked_example_opens(self):
        with tempfile.TemporaryDirectory() as folder:
            example = Example()
            example.write(folder)
            kms = LocalKMS(example.key_file, machine_key=example.machine_key)
            document = open_vault(Path(folder, "example.vault"), kms)
        self.assertEqual([record["pkcs8"] for record in document["records"]], [example.pkcs8.hex()])

    def test_the_worked_example_with_one_thing_wrong_does_not_open(self):
        self.assertEqual(len(FORGERIES), 19)
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


class NotAVaultTests(unittest.TestCase):
    """What is told apart from a failed authentication."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.example = Example()
        self.example.write(folder.name)
        self.vault = Path(folder.name, "example.vault")

    def refuses(self, sql, error=NotAVault):
        with contextlib.closing(sqlite3.connect(self.vault)) as connection:
            connection.executescript(sql)
        kms = LocalKMS(self.example.key_file, machine_key=self.example.machine_key)
        with self.assertRaises(error):
            open_vault(self.vault, kms)

    def test_a_database_of_another_application_is_no_vault(self):
        self.refuses("PRAGMA application_id = 0")

    def test_a_vault_without_one_of_its_tables_is_none(self):
        self.refuses("DROP TABLE jobs")

    def test_a_table_with_one_more_column_is_refused(self):
        self.refuses("ALTER TABLE jobs ADD COLUMN more TEXT")

    def test_a_newer_format_is_refused(self):
        self.refuses("UPDATE vault SET format = 2")

    def test_a_clear_vault_is_refused(self):
        encrypted_alone = ("wrapper", "active", "integrity", "head", "mac")
        nothing = ", ".join(f"{column} = NULL" for column in TABLES["vault"] if column.startswith(encrypted_alone))
        self.refuses(f"UPDATE vault SET {nothing}")

    def test_a_vault_row_that_says_too_little_to_be_checked_is_refused(self):
        columns = ["integrity_key_id", "integrity_wrapped", "integrity_wrapper_key"]
        for forged in ["id = x'00'", *(f"{column} = NULL" for column in columns)]:
            self.refuses(f"PRAGMA ignore_check_constraints = ON; UPDATE vault SET {forged}", AuthenticationFailed)

    def test_a_value_of_another_type_than_its_columns_is_refused(self):
        for forged in ["created_at = 1.5", "scheme = x'00'", "public_key = 'text'", "key_id = NULL"]:
            loosened = "replace(replace(sql, 'STRICT', ''), 'NOT NULL PRIMARY KEY', 'PRIMARY KEY')"
            with contextlib.closing(sqlite3.connect(self.vault)) as connection:
                connection.execute("PRAGMA writable_schema = ON")
                connection.execute(f"UPDATE sqlite_schema SET sql = {loosened} WHERE name = 'private_keys'")
                connection.commit()
            forge = f"PRAGMA ignore_check_constraints = ON; UPDATE private_keys SET {forged}"
            self.refuses(forge, AuthenticationFailed)


class CommandTests(unittest.TestCase):
    """What the nodevault command makes of the example."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.nodevault = NodeVault(folder.name)

    def write(self, example):
        example.write(self.nodevault.folder)
        for suffix in ["kms", "kms.machine-key", "vault"]:
            (self.nodevault.folder / f"example.{suffix}").replace(self.nodevault.folder / f"participant1.{suffix}")
        return example

    def test_the_command_verifies_it(self):
        self.write(Example())
        found = self.nodevault("verify", "--deep")
        self.assertEqual((found["records"], found["failed"]), (1, []))

    def test_the_command_reads_what_the_opener_reads(self):
        example = self.write(Example())
        kms = LocalKMS(example.key_file, machine_key=example.machine_key)
        read = open_vault(self.nodevault.vault, kms)["records"][0]
        listed = self.nodevault("key", "list")["keys"][0]
        self.assertEqual({name: read[name] for name in listed}, listed)

    def test_the_command_exports_its_key(self):
        example = self.write(Example())
        exported = self.nodevault.folder / "exported.pem"
        key_id = example.metadata.key_id.decode()
        self.nodevault("key", "export", key_id, "--out", str(exported), "--insecure-clear")
        self.assertEqual(openssl("pkey", "-in", str(exported), "-outform", "DER"), example.pkcs8)

    def test_the_command_goes_on_where_it_ends(self):
        self.write(Example())
        self.nodevault("key", "generate", "--scheme", "ed25519", "--purpose", "signing")
        self.nodevault("rewrap", "--to-new-key")
        machine_key = self.nodevault.machine_key_file.read_bytes()
        kms = LocalKMS(self.nodevault.key_file.read_bytes(), machine_key=machine_key)
        self.assertEqual(len(open_vault(self.nodevault.vault, kms)["records"]), 2)

    def test_the_command_refuses_every_vault_with_one_thing_wrong(self):
        message = write_private(self.nodevault.folder / "message", b"message")
        for forgery in FORGERIES:
            example = self.write(forgery())
            key_id = example.metadata.key_id.decode()
            for arguments in [["verify", "--deep"], ["sign", key_id, str(message)]]:
                with self.subTest(f"{forgery.__name__}: {arguments[0]}"):
                    self.assertEqual(self.nodevault.run(*arguments).returncode, 65)


if __name__ == "__main__":
    unittest.main()
