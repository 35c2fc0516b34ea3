#!/usr/bin/env python3
"""Prints section 12 of docs/envelope-format.md, the worked example, with every value on the way."""

from local_kms import context_bytes
from vault_rows import canonical_row, element_key
from worked_example import Example


def section():
    """The text of the section."""
    example = Example()
    parts = [introduction(example), kms(example), record(example), rows(example), head(example)]
    return "\n\n".join(block for part in parts for block in part) + "\n"


def introduction(e):
    yield "## 12. A worked example"
    yield (
        "All bytes are hexadecimal. The record is the first of "
        "`Tests/EnvelopeCryptoTests/Vectors/record-v1.json`; what\n"
        "a program draws at random is fixed. `worked_example.py` in `Tests/Interoperability` writes the vault and its\n"
        "key file, and `page.py` prints this section; the tests compare it with the page, and open the vault with\n"
        "`nodevault` too."
    )


def kms(e):
    yield "### The key file and a wrapped key"
    yield values(
        ("machine key", e.machine_key),
        ("header: bytes 0–99 of the file, and AAD", e.file_header),
        ("file key", e.file_key),
        ("payload", e.payload),
        ("the file: header, ciphertext, tag", e.key_file),
    )
    yield "The data key's encryption context:"
    yield "\n".join(["```", *(f"{key} = {value}" for key, value in sorted(e.context.items())), "```"])
    yield values(
        ("integrity key", e.integrity_key),
        ("data key", e.data_key),
        ("the context as LocalKMS authenticates it", context_bytes(e.context)),
        ("wrapped data key", e.wrapped_data_key),
        ("wrapped integrity key", e.wrapped_integrity_key),
        ("binding of the data key", e.binding),
    )


def record(e):
    yield "### The record"
    yield values(
        ("private key, PKCS#8 DER", e.pkcs8),
        ("metadata", e.metadata.encoded()),
        ("D = SHA-256(metadata)", e.metadata_digest),
        ("bytes 0–17: version, suite, data key id", e.prefix),
        ("salt", e.salt),
        ("PRK", e.pseudorandom_key),
        ("info of the record key", e.record_key_info),
        ("record key", e.record_key),
        ("info of the commitment", e.commitment_info),
        ("commitment", e.commitment),
        ("nonce", e.nonce),
        ("AAD: bytes 0–93 and the metadata", e.authenticated_data),
        ("sealed record", e.sealed),
    )


def rows(e):
    yield "### Rows and their codes"
    yield (
        "The row of `schema_migrations` has version 1, name `V0001_initial` "
        "and applied-at 1763900000000000. The other\n"
        "rows' canonical forms follow, each with its code (`mac`) and its element."
    )
    for table, row in e.rows.items():
        yield values(
            (f"{table}: canonical row", canonical_row(table, row)),
            (f"{table}: mac", row["mac"]),
            (f"{table}: element", e.elements[table]),
        )


def head(e):
    vault = e.rows["vault"]
    yield "### The head"
    yield values(
        ("element key", element_key(e.integrity_key)),
        ("sum of the four elements, modulo 2^256", e.sum),
        ("head key (epoch 3)", e.head_key),
        ("nonce", e.head_nonce),
        ("AAD: vault id, epoch 3, counts 1, 1, 1, 0", e.head_authenticated_data),
        ("head", vault["head"]),
    )


def values(*pairs, width=120):
    """A block of names and values in hexadecimal, long ones broken."""
    lines = ["```"]
    for name, value in pairs:
        text = value.hex()
        lines.append(f"{name}:")
        lines += ["  " + text[start : start + width] for start in range(0, len(text), width)]
    return "\n".join([*lines, "```"])


if __name__ == "__main__":
    print(section(), end="")
