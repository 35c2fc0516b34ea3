"""Who can write the database cannot steer the vault: each forgery is found by `verify` and by every use.

A representative set for each table; that of every column is in the tests of the library.
"""

import sqlite3

from case import CommandTestCase
from keyfiles import encoded
from vault import Templates, Vault, empty_template

MANY_DATA_KEYS = """
canton.participants.participant1.crypto {
  kms { type = local }
  private-key-store { encryption.type = kms, data-keys.max-records = 2 }
}
"""


def make_rewrapped(folder):
    """A vault with four keys, several data keys and jobs; `older` is as it was before the last changes."""
    vault = empty_template().copy(folder / "vault")
    vault.configuration.write_text(MANY_DATA_KEYS)
    vault.keys = [vault.generate("ed25519", "--name", name) for name in "abcd"]
    vault.ok("rewrap", "--to-new-key")
    vault.older = vault.copy(folder / "older")
    vault.keys[0] = vault.json("key", "rename", vault.keys[0]["keyId"], "renamed")
    vault.ok("rewrap", "--to-new-key")
    return vault


class TamperingTestCase(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.template = Templates.vault("rewrapped", make_rewrapped)
        self.key_ids = [key["keyId"] for key in self.template.keys]

    def check(self, *statements, names="", key=0, commands=None):
        """Applies SQL to a copy; `verify` names what is wrong, and the commands that use a key refuse."""
        folder = self.folder / str(len(list(self.folder.iterdir())))
        vault = self.template.copy(folder)
        self.forge(vault, statements)
        forged = vault.content()
        answer = vault.run("--format", "json", "verify")
        self.assertEqual(answer.returncode, 65, answer)
        if names == "head":
            self.assertIs(answer.json["matchesHead"], False)
        else:
            self.assertIn(names, answer.stdout.decode() + answer.errors)
        text = vault.run("verify")
        self.assertEqual(text.returncode, 65, text)
        self.assertIn(names, text.stdout.decode() + text.errors)
        key_id = self.key_ids[key]
        for arguments in commands or [
            ["sign", key_id], ["key", "rename", key_id, "x"], ["rewrap", "--to-new-key"],
            ["key", "export", key_id, "--out", folder / "out", "--insecure-clear"],
            ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"], ["key", "delete", key_id, "--yes"],
        ]:  # fmt: skip
            answer = vault.run(*arguments, input=b"message")
            self.assert_refused(answer, 65)
        self.assertFalse((folder / "out").exists())
        self.assertEqual(vault.content(), forged)
        return vault

    def forge(self, vault, statements):
        with sqlite3.connect(vault.file) as database:
            database.create_function("flip", 2, lambda blob, index: flipped(blob, index))
            database.execute("ATTACH ? AS older", [str(self.template.older.file)])
            for statement in statements:
                statement, values = statement if isinstance(statement, tuple) else (statement, [])
                self.assertNotEqual(database.execute(statement, values).rowcount, 0)
        database.close()


def flipped(blob, index):
    position = index % len(blob)
    return blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]


class PrivateKeyTests(TamperingTestCase):
    def test_a_flipped_byte_of_a_sealed_record(self):
        for index in [0, 20, 60, 100, -1]:
            self.check(
                ("UPDATE private_keys SET sealed = flip(sealed, ?) WHERE key_id = ?", [index, self.key_ids[0]]),
                names=self.key_ids[0],
            )

    def test_a_changed_column_beside_the_record(self):
        forged = {"name": "'forged'", "usages": "x'03'", "created_at": "created_at + 1", "purpose": "1"}
        for column, value in forged.items():
            with self.subTest(column):
                statement = f"UPDATE private_keys SET {column} = {value} WHERE key_id = ?"
                self.check((statement, [self.key_ids[0]]), names=self.key_ids[0])

    def check_swap(self, columns):
        one, other = self.key_ids[:2]
        swap = f"UPDATE private_keys SET ({columns}) = (SELECT {columns} FROM kept WHERE key_id = ?) WHERE key_id = ?"
        keep = "CREATE TEMP TABLE kept AS SELECT * FROM main.private_keys"
        self.check(keep, (swap, [other, one]), (swap, [one, other]), names=one)

    def test_two_records_swapped(self):
        self.check_swap("sealed, data_key_id")

    def test_two_records_swapped_with_their_codes(self):
        self.check_swap("sealed, data_key_id, mac")

    def test_a_removed_row(self):
        self.check(("DELETE FROM private_keys WHERE key_id = ?", [self.key_ids[1]]), names="head")

    def test_a_row_added_again(self):
        """A key that its owner deleted."""
        template = self.template
        vault = template.copy(self.folder / "deleted")
        vault.ok("key", "delete", self.key_ids[2], "--yes")
        vault.older, self.template = template, vault
        self.check(
            ("INSERT INTO private_keys SELECT * FROM older.private_keys WHERE key_id = ?", [self.key_ids[2]]),
            names="head", key=2,
        )  # fmt: skip

    def test_an_older_row(self):
        row = self.key_ids[0]
        self.check(
            ("DELETE FROM private_keys WHERE key_id = ?", [row]),
            ("INSERT INTO private_keys SELECT * FROM older.private_keys WHERE key_id = ?", [row]),
            names="head",
        )

    def test_a_clear_row_planted(self):
        pkcs8 = encoded("ed25519")
        other = Vault(self.folder / "clear", configuration=None)
        other.folder.mkdir()
        other.configuration.write_text("canton.participants.participant1.crypto {}")
        other.init()
        planted = other.json("key", "import", "-", "--purpose", "signing", input=pkcs8)["keyId"]
        self.key_ids.append(planted)
        attach = ("ATTACH ? AS other", [str(other.file)])
        vault = self.template.copy(self.folder / "planted")
        with sqlite3.connect(vault.file, isolation_level=None) as database:
            database.execute(*attach)
            database.execute("INSERT INTO private_keys SELECT * FROM other.private_keys")
        database.close()
        self.template = vault
        vault.older = Templates.vault("rewrapped", make_rewrapped).older
        self.check(names=planted, key=-1)

    def test_a_sealed_row_made_clear(self):
        statement = "UPDATE private_keys SET data_key_id = NULL, mac = NULL, sealed = ? WHERE key_id = ?"
        self.check((statement, [encoded("ed25519"), self.key_ids[0]]), names=self.key_ids[0])


class OtherTableTests(TamperingTestCase):
    def test_data_keys(self):
        wrapping = "wrapper_key, key_material_id, wrapped, rewrapped_at, mac"
        for statement in [
            "UPDATE data_keys SET wrapped = flip(wrapped, -1)",
            "UPDATE data_keys SET binding = flip(binding, 0)",
            "UPDATE data_keys SET mac = flip(mac, 0)",
            "UPDATE data_keys SET wrapper_key = wrapper_key || '0'",
            "UPDATE data_keys SET sealed_count = 0",
            f"UPDATE data_keys SET ({wrapping}) = (SELECT {wrapping} FROM older.data_keys o WHERE o.id = data_keys.id)"
            " WHERE id IN (SELECT id FROM older.data_keys)",
        ]:
            with self.subTest(statement):
                self.check(statement)

    def test_a_data_key_without_its_row(self):
        self.check("DELETE FROM data_keys WHERE id = (SELECT data_key_id FROM private_keys LIMIT 1)", names="head")

    def test_the_vaults_own_row(self):
        for column, value in {
            "epoch": "epoch - 1", "private_key_count": "private_key_count + 1", "head": "flip(head, 20)",
            "node": "'participants.other'", "mac": "flip(mac, 0)", "integrity_wrapped": "flip(integrity_wrapped, -1)",
            "wrapper_key": "(SELECT wrapper_key FROM older.vault)", "id": "flip(id, 0)",
            "active_data_key": "(SELECT id FROM data_keys ORDER BY created_at LIMIT 1)",
        }.items():  # fmt: skip
            with self.subTest(column):
                self.check(f"UPDATE vault SET {column} = {value}")

    def test_an_older_vault_row(self):
        self.check("DELETE FROM vault", "INSERT INTO vault SELECT * FROM older.vault")

    def test_jobs(self):
        for statement in [
            "UPDATE jobs SET state = 'running'",
            "UPDATE jobs SET target = source",
            "DELETE FROM jobs",
            "DELETE FROM jobs WHERE id NOT IN (SELECT id FROM older.jobs)",
            "INSERT INTO jobs SELECT zeroblob(16), kind, 'running', source, target, scope, plan, checkpoint, fence, 0,"
            " total, created_at, updated_at, mac FROM jobs LIMIT 1",
        ]:
            with self.subTest(statement):
                self.check(statement)

    def test_the_migration_record(self):
        for statement in [
            "UPDATE schema_migrations SET applied_at = applied_at + 1",
            "UPDATE schema_migrations SET name = 'V0001_other'",
            "UPDATE schema_migrations SET mac = NULL",
            "DELETE FROM schema_migrations",
        ]:
            with self.subTest(statement):
                self.check(statement)
