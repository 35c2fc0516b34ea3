"""A vault that somebody else has written to, and the independent opener."""

import contextlib
import random
import sqlite3
import tempfile
import unittest

from command import NodeVault
from envelope import AuthenticationFailed
from kms_refused import KMSRefused
from local_kms import LocalKMS
from made_vault import copy_vault, fresh_key, made_vault
from open_vault import open_vault
from vault_rows import TABLES, NotAVault


class TamperingTests(unittest.TestCase):
    """Whatever is changed in the file: the opener refuses, or reads what it read before."""

    @classmethod
    def setUpClass(cls):
        cls.made = made_vault()
        cls.kms = cls.made.kms()
        cls.original = cls.made.copy("original")
        with contextlib.closing(sqlite3.connect(cls.original)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cls.document = open_vault(cls.original, cls.kms)
        cls.forged = cls.made.nodevault.folder / "forged"

    def refuses(self, *errors):
        with self.assertRaises(errors or AuthenticationFailed):
            open_vault(self.forged, self.kms)

    @contextlib.contextmanager
    def forging(self):
        """A copy of the vault under SQL that no constraint holds back."""
        copy_vault(self.original, self.forged)
        with contextlib.closing(sqlite3.connect(self.forged, isolation_level=None)) as connection:
            for pragma in ["ignore_check_constraints = ON", "foreign_keys = OFF", "journal_mode = DELETE"]:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("ATTACH ? AS earlier", [str(self.made.earlier)])
            yield connection

    def test_every_changed_column_of_every_row_is_refused(self):
        forgeries = 0
        for table, columns in TABLES.items():
            for row_id in self.row_ids(table):
                for column in columns:
                    with self.forging() as connection:
                        forge_column(connection, table, column, row_id)
                    forgeries += 1
                    self.refuses(AuthenticationFailed, NotAVault, KMSRefused)
        self.assertGreater(forgeries, 150)

    def row_ids(self, table):
        with contextlib.closing(sqlite3.connect(self.original)) as connection:
            return [row[0] for row in connection.execute(f"SELECT rowid FROM {table}")]

    def test_every_text_with_a_zero_byte_and_more_is_refused(self):
        for table, column in [("private_keys", "name"), ("data_keys", "wrapper_key"), ("vault", "node")]:
            with self.forging() as connection:
                more = f"CAST(CAST({column} AS BLOB) || x'0041' AS TEXT)"
                connection.execute(f"UPDATE {table} SET {column} = {more} WHERE {column} IS NOT NULL")
            self.refuses(AuthenticationFailed, KMSRefused)

    def test_every_removed_row_is_refused(self):
        for table in TABLES:
            for row_id in self.row_ids(table):
                with self.forging() as connection:
                    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", [row_id])
                self.refuses(AuthenticationFailed, NotAVault)

    def test_a_removed_row_is_refused_when_the_counts_are_changed_too(self):
        with self.forging() as connection:
            connection.execute("DELETE FROM private_keys WHERE rowid = (SELECT max(rowid) FROM private_keys)")
            connection.execute("UPDATE vault SET private_key_count = private_key_count - 1")
        self.refuses()

    def test_a_deleted_key_that_is_added_again_is_refused(self):
        with self.forging() as connection:
            was_deleted = "key_id NOT IN (SELECT key_id FROM main.private_keys)"
            added = connection.execute(
                f"INSERT INTO main.private_keys SELECT * FROM earlier.private_keys WHERE {was_deleted} LIMIT 1"
            )
            self.assertEqual(added.rowcount, 1)
        self.refuses()

    def test_a_deleted_key_in_the_place_of_another_is_refused(self):
        with self.forging() as connection:
            connection.execute("DELETE FROM private_keys WHERE rowid = (SELECT max(rowid) FROM private_keys)")
            was_deleted = "key_id NOT IN (SELECT key_id FROM main.private_keys)"
            connection.execute(
                f"INSERT INTO main.private_keys SELECT * FROM earlier.private_keys WHERE {was_deleted} LIMIT 1"
            )
        self.refuses()

    def test_rows_of_an_earlier_copy_are_refused(self):
        for table in ["data_keys", "vault"]:
            with self.forging() as connection:
                connection.execute(f"REPLACE INTO main.{table} SELECT * FROM earlier.{table}")
            self.refuses()

    def test_an_earlier_head_is_refused(self):
        with self.forging() as connection:
            connection.execute("UPDATE main.vault SET head = (SELECT head FROM earlier.vault)")
        self.refuses()

    def test_two_records_that_changed_places_are_refused(self):
        with self.forging() as connection:
            swap_records(connection, "sealed")
        self.refuses()

    def test_two_records_that_changed_places_with_their_codes_are_refused(self):
        with self.forging() as connection:
            swap_records(connection, "sealed", "mac")
        self.refuses()

    def test_a_clear_row_is_refused(self):
        pkcs8 = fresh_key("ed25519")
        with self.forging() as connection:
            connection.execute("UPDATE private_keys SET data_key_id = NULL, mac = NULL, sealed = ?", [pkcs8])
        self.refuses()

    def test_rows_that_no_index_knows_are_read(self):
        with self.forging() as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_schema WHERE name = 'private_keys_by_data_key'")
        self.assertEqual(open_vault(self.forged, self.kms), self.document)

    def test_what_lies_in_the_write_ahead_log_is_read(self):
        with self.forging() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("UPDATE private_keys SET created_at = created_at + 1")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("UPDATE private_keys SET created_at = created_at - 1")
            self.assertEqual(open_vault(self.forged, self.kms), self.document)

    def test_the_keys_of_another_vault_do_not_open_it(self):
        with tempfile.TemporaryDirectory() as folder:
            other = NodeVault(folder)
            other("init")
            kms = LocalKMS(other.key_file.read_bytes(), machine_key=other.machine_key_file.read_bytes())
            with self.assertRaises(KMSRefused):
                open_vault(self.original, kms)

    def test_no_changed_byte_of_the_file_changes_what_is_read(self):
        content = self.original.read_bytes()
        chosen = random.Random(1)
        refused = 0
        for offset in chosen.sample(range(len(content)), 200):
            flipped = bytearray(content)
            flipped[offset] ^= 1 << chosen.randrange(8)
            self.forged.write_bytes(flipped)
            try:
                self.assertEqual(open_vault(self.forged, self.kms), self.document)
            except (AuthenticationFailed, NotAVault, KMSRefused):
                refused += 1
        self.assertGreater(refused, 10)

    def test_every_changed_byte_of_a_record_is_refused(self):
        content = self.original.read_bytes()
        with contextlib.closing(sqlite3.connect(self.original)) as connection:
            sealed = connection.execute("SELECT min(sealed) FROM private_keys WHERE scheme = 'ed25519'").fetchone()[0]
        start = content.index(sealed)
        for offset in range(start, start + len(sealed)):
            self.forged.write_bytes(content[:offset] + bytes([content[offset] ^ 0x80]) + content[offset + 1 :])
            self.refuses()


def forge_column(connection, table, column, row_id):
    """Changes one value, keeping to the column's type."""
    value = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", [row_id]).fetchone()[0]
    declared = {row[1]: row[2] for row in connection.execute(f"PRAGMA main.table_info({table})")}[column]
    if value is None:
        forged = {"INTEGER": 1, "TEXT": "forged", "BLOB": b"forged"}[declared]
    elif isinstance(value, int):
        forged = value + 1
    elif isinstance(value, str):
        forged = ("X" if value[0] != "X" else "Y") + value[1:]
    else:
        forged = bytes([value[0] ^ 1]) + value[1:] if value else b"\0"
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [forged, row_id])


def swap_records(connection, *columns):
    first, second = connection.execute(
        f"SELECT rowid, {', '.join(columns)} FROM private_keys WHERE scheme = 'ed25519' ORDER BY rowid LIMIT 2"
    ).fetchall()
    assignment = ", ".join(f"{column} = ?" for column in columns)
    for row, values in [(first, second), (second, first)]:
        connection.execute(f"UPDATE private_keys SET {assignment} WHERE rowid = ?", [*values[1:], row[0]])


if __name__ == "__main__":
    unittest.main()
