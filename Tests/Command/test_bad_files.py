"""Files that are not what they should be: vaults, key files, machine keys. Each is refused and stays as it is."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from case import CommandTestCase
from vault import CONFIGURATION, PASSPHRASE_CONFIGURATION, Vault, empty_template, full_template

ALL_COMMANDS = [["status"], ["key", "list"], ["verify"], ["rewrap", "--to-new-key"], ["upgrade"]]


class VaultFileTests(CommandTestCase):
    """What lies where the vault should be."""

    def check(self, vault, exit_code, code, mentions=()):
        before = vault.file.read_bytes()
        for arguments in ALL_COMMANDS:
            with self.subTest(arguments):
                self.check_refusal(vault, arguments, exit_code, code, mentions)
        self.assertEqual(vault.file.read_bytes(), before)

    def test_a_missing_vault(self):
        vault = self.empty_vault()
        vault.file.unlink()
        for arguments in ALL_COMMANDS:
            self.check_refusal(vault, arguments, 66, "vault-missing", [str(vault.file), "nodevault init"])
        self.assertFalse(vault.file.exists())

    def test_an_empty_file(self):
        vault = self.empty_vault()
        vault.file.write_bytes(b"")
        self.check(vault, 65, "not-a-vault", [str(vault.file)])

    def test_a_text(self):
        vault = self.empty_vault()
        vault.file.write_bytes(b"This is no database, and much longer than its first page would have to be.\n" * 100)
        self.check(vault, 65, "not-a-vault")

    def test_another_sqlite_database(self):
        vault = self.empty_vault()
        vault.file.unlink()
        with sqlite3.connect(vault.file) as database:
            database.execute("CREATE TABLE private_keys (a)")
        database.close()
        vault.file.chmod(0o600)
        self.check(vault, 65, "not-a-vault")

    def test_a_truncated_vault(self):
        vault = self.full_vault()
        content = vault.file.read_bytes()
        for size in [100, 1000, len(content) // 2, len(content) - 4096]:
            with self.subTest(size):
                vault.file.write_bytes(content[:size])
                for arguments in ALL_COMMANDS[:3]:
                    answer = vault.run("--format", "json", *arguments)
                    self.assert_refused_as_json(answer, 65, "not-a-vault")
                self.assertEqual(vault.file.read_bytes(), content[:size])

    def test_a_newer_schema(self):
        vault = self.full_vault()
        vault.forge("INSERT INTO schema_migrations VALUES (2, 'V0002_future', 0, zeroblob(32))")
        before = vault.file.read_bytes()
        for arguments in ALL_COMMANDS:
            self.check_refusal(vault, arguments, 65, "newer-schema", ["schema 2", "newer nodevault"])
        self.assertEqual(vault.file.read_bytes(), before)

    def test_objects_that_no_migration_made(self):
        for statement in [
            "CREATE TRIGGER t AFTER INSERT ON private_keys BEGIN DELETE FROM private_keys; END",
            "CREATE VIEW v AS SELECT * FROM private_keys",
            "DROP INDEX private_keys_by_data_key",
        ]:
            with self.subTest(statement):
                vault = full_template().copy(self.folder / statement.split()[1])
                vault.forge(statement)
                for arguments in ALL_COMMANDS[:4]:
                    self.check_refusal_changes_nothing(vault, arguments, 65, "authentication-failed")

    def test_a_folder_and_a_link(self):
        vault = self.empty_vault()
        vault.file.rename(vault.folder / "real.vault")
        vault.file.symlink_to("real.vault")
        self.check_refusal(vault, ["status"], 65, "not-a-vault", ["not a regular file"])
        vault.file.unlink()
        vault.file.mkdir()
        self.check_refusal(vault, ["status"], 65, "not-a-vault", ["not a regular file"])


class KeyFileTests(CommandTestCase):
    """What lies where the LocalKMS file should be."""

    def check(self, vault, exit_code, code, mentions=()):
        files = [path for path in vault.folder.iterdir() if path.is_file() and path != vault.log]
        before = {path: path.read_bytes() for path in files}
        for arguments in [["verify"], ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]]:
            self.check_refusal(vault, arguments, exit_code, code, mentions)
        after = {path: path.read_bytes() for path in before}
        self.assertEqual(after, before)

    def test_a_missing_key_file(self):
        vault = self.empty_vault()
        vault.key_file.unlink()
        self.check(vault, 66, "kms-file-missing", [str(vault.key_file)])
        self.assertFalse(vault.key_file.exists())

    def test_a_missing_machine_key(self):
        vault = self.empty_vault()
        vault.machine_key.unlink()
        self.check(vault, 66, "kms-file-missing", [str(vault.machine_key)])
        self.assertFalse(vault.machine_key.exists())

    def test_a_damaged_machine_key(self):
        vault = self.empty_vault()
        for content in [b"", b"x" * 31, b"x" * 33]:
            vault.machine_key.write_bytes(content)
            self.check(vault, 65, "kms-file-damaged", [str(vault.machine_key)])
        vault.machine_key.write_bytes(b"x" * 32)
        self.check(vault, 65, "kms-file-damaged", [str(vault.key_file)])

    def test_each_flipped_byte_of_the_key_file(self):
        """Two copies of the vault share the work."""
        template = empty_template()
        content = template.key_file.read_bytes()

        def check(vault, indexes):
            for index in indexes:
                flipped = content[:index] + bytes([content[index] ^ 1 << index % 8]) + content[index + 1 :]
                vault.key_file.write_bytes(flipped)
                answer = vault.run("--format", "json", "verify")
                self.assert_refused_as_json(answer, 65, "kms-file-damaged", [str(vault.key_file)])
                self.assertEqual(vault.key_file.read_bytes(), flipped)

        vaults = [template.copy(self.folder / str(number)) for number in range(2)]
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(check, vault, range(n, len(content), 2)) for n, vault in enumerate(vaults)]:
                done.result()

    def test_a_truncated_or_other_key_file(self):
        vault = self.empty_vault()
        content = vault.key_file.read_bytes()
        others = [b"", b"no key file at all" * 20, bytes(2 << 20)]
        for wrong in [*others, content[:50], content[:110], content[:-1], content + b"\0"]:
            vault.key_file.write_bytes(wrong)
            self.check(vault, 65, "kms-file-damaged", [str(vault.key_file)])

    def test_a_key_file_of_another_vault(self):
        vault = self.empty_vault()
        (self.folder / "other").mkdir()
        other = Vault(self.folder / "other")
        other.init()
        shutil.copy(other.key_file, vault.key_file)
        self.check(vault, 65, "kms-file-damaged", ["machine key"])
        shutil.copy(other.machine_key, vault.machine_key)
        self.check(vault, 65, "wrapper-key-not-found", ["another vault"])

    def test_a_wrong_passphrase(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse")
        vault.init()
        for wrong in ["wrong", "correct horse ", "Correct horse"]:
            self.write("passphrase", wrong)
            self.check(vault, 65, "wrong-passphrase", [str(vault.key_file)])
        self.write("passphrase", "")
        self.check(vault, 64, "invalid-argument", ["passphrase"])
        (self.folder / "passphrase").unlink()
        self.check_refusal(vault, ["verify"], 66, "input-missing", ["passphrase"])

    def test_the_wrong_kind_of_protection(self):
        vault = self.empty_vault()
        vault.configuration.write_text(PASSPHRASE_CONFIGURATION)
        (vault.folder / "passphrase").write_text("correct horse")
        self.check(vault, 78, "validation", ["machine key"])
        vault.configuration.write_text(CONFIGURATION.replace("type = local", "type = local, machine-key-file = other"))
        self.check(vault, 66, "kms-file-missing", ["other"])
