"""Vaults made by the nodevault command, opened by the independent opener; and the other way round."""

import contextlib
import functools
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import worked_example
from command import NodeVault, openssl, write_private
from envelope import AuthenticationFailed
from forgeries import FORGERIES
from local_kms import KMSRefused, LocalKMS
from open_vault import open_vault
from vault_rows import TABLES, NotAVault

OPENER = Path(__file__).with_name("open_vault.py")
SIGNING = ["--purpose", "signing"]
ENCRYPTION = ["--purpose", "encryption"]
LONGEST_NAME = "é" * 150

# What `openssl genpkey` takes for a key, and how it is imported: 300 bytes is the longest name, and two names that look alike
# are two names.
IMPORTED = [
    (["ed25519"], [*SIGNING, "--usage", "namespace", "--name", "Schlüssel ☃ 🔑"]),
    (["ed25519"], SIGNING),
    (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], [*SIGNING, "--usage", "protocol", "--usage", "sequencer-auth"]),
    (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], [*ENCRYPTION, "--name", LONGEST_NAME]),
    (["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], [*SIGNING, "--usage", "proof-of-ownership", "--name", "caf\u00e9"]),
    (["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], [*SIGNING, "--usage", "party-jwt", "--name", "cafe\u0301"]),
    (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], [*ENCRYPTION, "--name", "' \" ; -- \n\t\u202e"]),
]
GENERATED = [
    ["--scheme", "ed25519", *SIGNING, "--usage", "protocol", "--usage", "namespace"],
    ["--scheme", "ec-p256", *ENCRYPTION, "--name", "generated"],
    ["--scheme", "ec-p384", *SIGNING],
    ["--scheme", "ec-secp256k1", *SIGNING, "--name", "to be renamed"],
    ["--scheme", "rsa-2048", *ENCRYPTION],
]


class MadeVault:
    """A vault with several data keys, a history, and the private keys that went into it."""

    def __init__(self, folder, passphrase=None):
        self.nodevault = NodeVault(folder, passphrase)
        self.originals = {}
        self.nodevault("init")
        imported = [self.import_key(*given) for given in IMPORTED] + [self.import_version_2()]
        generated = [self.nodevault("key", "generate", *given)["keyId"] for given in GENERATED]
        self.nodevault("key", "rename", generated[3], "renamed")
        self.nodevault("key", "rename", imported[1], "Ω named later")
        self.earlier = self.copy("earlier")
        for key_id in [imported[2], generated[0]]:
            self.nodevault("key", "delete", key_id, "--yes")
            self.originals.pop(key_id, None)
        self.rewrapped = self.nodevault("rewrap", "--to-new-key")
        self.import_key(["ed25519"], [*SIGNING, "--name", "after the rewrap"])

    def import_key(self, algorithm, attributes):
        """Imports a fresh key of openssl's."""
        return self.keep(fresh_key(*algorithm), attributes)

    def import_version_2(self):
        """Imports PKCS#8 of version 2, with an attribute and the public key (RFC 8410 section 10.3)."""
        version_1 = fresh_key("ed25519")
        public_key = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", standard_input=version_1)
        attribute = bytes.fromhex("a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273")
        body = b"\x02\x01\x01" + version_1[5:] + attribute + b"\x81\x21\x00" + public_key[-32:]
        return self.keep(b"\x30" + bytes([len(body)]) + body, [*SIGNING, "--name", "version 2"])

    def keep(self, pkcs8, attributes):
        file = write_private(self.nodevault.folder / "key.der", pkcs8)
        key_id = self.nodevault("key", "import", str(file), *attributes)["keyId"]
        self.originals[key_id] = pkcs8
        return key_id

    def copy(self, name):
        """A copy of the vault as it is now, with its write-ahead log."""
        return copy_vault(self.nodevault.vault, self.nodevault.folder / name)

    def kms(self):
        key_file = self.nodevault.key_file.read_bytes()
        if self.nodevault.passphrase_file.exists():
            return LocalKMS(key_file, passphrase=self.nodevault.passphrase_file.read_bytes().rstrip(b"\n"))
        return LocalKMS(key_file, machine_key=self.nodevault.machine_key_file.read_bytes())


def fresh_key(*algorithm):
    """PKCS#8 DER of version 1, as openssl writes it."""
    pem = openssl("genpkey", "-algorithm", *algorithm)
    return openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", standard_input=pem)


def copy_vault(source, target):
    for suffix in ["", "-wal"]:
        Path(f"{target}{suffix}").unlink(missing_ok=True)
        if Path(f"{source}{suffix}").exists():
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")
    return target


@functools.cache
def made_vault(passphrase=None):
    """One vault for all tests that only read it or work on copies."""
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    return MadeVault(folder.name, passphrase)


class OpeningTests:
    """What holds for a vault under either protection."""

    passphrase = None

    @classmethod
    def setUpClass(cls):
        cls.made = made_vault(cls.passphrase)
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

    def opener(self, **replaced):
        files = {"vault": self.nodevault.vault, "kms": self.nodevault.key_file, "secret": self.secret_file, **replaced}
        arguments = [files["vault"], "--kms-file", files["kms"], self.secret_option, files["secret"]]
        whole = [sys.executable, OPENER, *arguments]
        return subprocess.run(whole, capture_output=True, text=True, encoding="utf-8", check=False)

    def test_the_script_refuses_in_one_line_and_prints_no_key(self):
        other = write_private(self.nodevault.folder / "other", b"x" * 32)
        refusals = [self.opener(secret=other), self.opener(vault=other), self.opener(kms=other), self.opener(vault="/no")]
        for process in refusals:
            self.assertEqual((process.stdout, process.stderr.count("\n")), ("", 1))
        self.assertEqual([process.returncode for process in refusals], [65, 65, 69, 66])


class MachineKeyTests(OpeningTests, unittest.TestCase):
    secret_option = "--machine-key-file"

    @property
    def secret_file(self):
        return self.nodevault.machine_key_file


class PassphraseTests(OpeningTests, unittest.TestCase):
    passphrase = "correct horse ☃ battery\n".encode()
    secret_option = "--passphrase-file"

    @property
    def secret_file(self):
        return self.nodevault.passphrase_file


def pem_lines(content):
    return openssl("base64", standard_input=content).decode().split()


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


class PagesVaultTests(unittest.TestCase):
    """The vault of the page's worked example, which no code of NodeVault's has written."""

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
        self.write(worked_example.Example())
        found = self.nodevault("verify", "--deep")
        self.assertEqual((found["records"], found["failed"]), (1, []))

    def test_the_command_reads_what_the_opener_reads(self):
        example = self.write(worked_example.Example())
        kms = LocalKMS(example.key_file, machine_key=example.machine_key)
        read = open_vault(self.nodevault.vault, kms)["records"][0]
        listed = self.nodevault("key", "list")["keys"][0]
        self.assertEqual({name: read[name] for name in listed}, listed)

    def test_the_command_exports_its_key(self):
        example = self.write(worked_example.Example())
        exported = self.nodevault.folder / "exported.pem"
        key_id = example.metadata.key_id.decode()
        self.nodevault("key", "export", key_id, "--out", str(exported), "--insecure-clear")
        self.assertEqual(openssl("pkey", "-in", str(exported), "-outform", "DER"), example.pkcs8)

    def test_the_command_goes_on_where_it_ends(self):
        self.write(worked_example.Example())
        self.nodevault("key", "generate", "--scheme", "ed25519", *SIGNING)
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
