"""A vault's rows, their codes, and the head that stands for all. docs/envelope-format.md, sections 2, 7 and 8."""

import hmac
import shutil
import sqlite3
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope import AuthenticationFailed, field, hkdf, hmac_sha256, i64, u32

APPLICATION_ID = b"NVLT"

# Every table and column in the schema's order, with the column's type and a question mark where it may be null. The
# head counts the rows of all tables but the last, in this order.
TABLES = {
    "schema_migrations": {"version": "integer", "name": "text", "applied_at": "integer", "mac": "blob?"},
    "data_keys": {
        "id": "blob", "wrapper_key": "text", "key_material_id": "text?", "wrapped": "blob", "binding": "blob",
        "sealed_count": "integer", "created_at": "integer", "rewrapped_at": "integer?", "mac": "blob",
    },
    "private_keys": {
        "key_id": "text", "data_key_id": "blob?", "purpose": "integer", "scheme": "text", "usages": "blob",
        "name": "text?", "created_at": "integer", "public_key": "blob", "sealed": "blob", "mac": "blob?",
    },
    "jobs": {
        "id": "blob", "kind": "text", "state": "text", "source": "text?", "target": "text?", "scope": "text",
        "plan": "blob?", "checkpoint": "blob?", "fence": "blob", "done": "integer", "total": "integer",
        "created_at": "integer", "updated_at": "integer", "mac": "blob?",
    },
    "vault": {
        "singleton": "integer", "id": "blob", "format": "integer", "node": "text", "created_at": "integer",
        "wrapper_key": "text?", "wrapper_key_created": "integer?", "active_data_key": "blob?",
        "integrity_key_id": "blob?", "integrity_wrapper_key": "text?", "integrity_material_id": "text?",
        "integrity_wrapped": "blob?", "epoch": "integer", "migration_count": "integer", "data_key_count": "integer",
        "private_key_count": "integer", "job_count": "integer", "head": "blob?", "mac": "blob?",
    },
}  # fmt: skip
COUNTS = ["migration_count", "data_key_count", "private_key_count", "job_count"]
NOT_COVERED = {"head", "mac"}


class NotAVault(Exception):
    """The file is no vault of a format that this program knows."""


class Text(bytes):
    """A TEXT value as the bytes that the database holds; a BLOB is plain `bytes`."""


# Reading


def read_tables(path):
    """All rows of all tables as dictionaries by column. The vault's own files are not touched."""
    check_file_header(path)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "vault")
        shutil.copyfile(path, copy)
        if Path(f"{path}-wal").exists():
            shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        connection = sqlite3.connect(copy)
        connection.text_factory = Text
        try:
            connection.execute("BEGIN")
            return {table: read_table(connection, table) for table in TABLES}
        except (sqlite3.Error, UnicodeDecodeError):
            raise NotAVault("SQLite cannot read the file") from None
        finally:
            connection.close()


def read_table(connection, table):
    # The table itself, whatever its indexes say: only the table's rows are authenticated.
    cursor = connection.execute(f"SELECT * FROM {table} NOT INDEXED")
    columns = [column[0] for column in cursor.description]
    if columns != list(TABLES[table]):
        raise NotAVault(f"table {table} has other columns than format 1")
    rows = [dict(zip(columns, row)) for row in cursor]
    if not all(has_type(value, TABLES[table][column]) for row in rows for column, value in row.items()):
        raise AuthenticationFailed(f"a row of table {table}")
    return rows


def has_type(value, declared):
    if value is None:
        return declared.endswith("?")
    return type(value) is {"integer": int, "text": Text, "blob": bytes}[declared.rstrip("?")]


def check_file_header(path):
    with open(path, "rb") as file:
        header = file.read(72)
    if header[:16] != b"SQLite format 3\0" or header[68:72] != APPLICATION_ID:
        raise NotAVault("the file is no vault")


# Codes


def canonical_row(table, row):
    """The bytes that a row's code covers."""
    values = [row[column] for column in TABLES[table] if column not in NOT_COVERED]
    return field(table.encode("ascii")) + b"".join(map(canonical_value, values))


def canonical_value(value):
    """A byte for the storage class and a field."""
    if value is None:
        return b"\x00" + u32(0)
    if isinstance(value, int):
        return b"\x01" + field(i64(value))
    if isinstance(value, Text):
        return b"\x02" + field(value)
    return b"\x03" + field(value)


def row_code(integrity_key, table, row):
    return hmac_sha256(integrity_key, canonical_row(table, row))


def check_row(integrity_key, table, row):
    """Compares a row with its code; answers the code."""
    code = row_code(integrity_key, table, row)
    if not hmac.compare_digest(code, row["mac"] or b""):
        raise AuthenticationFailed(f"row {row_name(row)} of table {table}")
    return code


def row_name(row):
    """The primary key, for messages."""
    key = next(iter(row.values()))
    if isinstance(key, Text):
        return ascii(key.decode(errors="replace"))
    return key.hex() if isinstance(key, bytes) else key


# The head


def element_key(integrity_key):
    return hkdf(integrity_key, b"", b"nodevault/1/head-element")


def element(integrity_key, code):
    """What a row adds to the sum. The code itself is visible, this is not."""
    return hmac_sha256(element_key(integrity_key), code)


def sum_of_elements(elements):
    """32 bytes: the sum of big-endian numbers modulo 2^256."""
    return (sum(int.from_bytes(element, "big") for element in elements) % 2**256).to_bytes(32, "big")


def head_key(integrity_key, vault):
    return hkdf(integrity_key, b"", b"nodevault/1/head" + vault["id"] + i64(vault["epoch"]))


def head_authenticated_data(vault):
    return vault["id"] + i64(vault["epoch"]) + b"".join(i64(vault[count]) for count in COUNTS)


def open_head(integrity_key, vault):
    """The sum that the head keeps, as 32 bytes."""
    head = vault["head"] or b""
    if len(head) != 60:
        raise AuthenticationFailed("the head")
    try:
        return AESGCM(head_key(integrity_key, vault)).decrypt(head[:12], head[12:], head_authenticated_data(vault))
    except InvalidTag:
        raise AuthenticationFailed("the head") from None


def check_tables(integrity_key, tables):
    """Checks every row's code, then counts and sum against the vault's row and its head."""
    codes = [check_row(integrity_key, table, row) for table, rows in tables.items() for row in rows]
    vault = tables["vault"][0]
    counts = [len(rows) for table, rows in tables.items() if table != "vault"]
    if len(tables["vault"]) != 1 or counts != [vault[count] for count in COUNTS]:
        raise AuthenticationFailed("the row counts")
    found = sum_of_elements(element(integrity_key, code) for code in codes)
    if not hmac.compare_digest(found, open_head(integrity_key, vault)):
        raise AuthenticationFailed("the sum of the rows")
