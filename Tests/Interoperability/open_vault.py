#!/usr/bin/env python3
"""Opens every record of a vault, from docs/envelope-format.md alone and with no code of NodeVault's.

    open_vault.py participant1.vault --kms-file participant1.kms --machine-key-file participant1.kms.machine-key
    open_vault.py participant1.vault --kms-file participant1.kms --passphrase-file passphrase
    open_vault.py participant1.vault --aws [--endpoint-url URL]

Checks every row's code, the head, every data key's binding and every record, then prints one JSON document. It prints
the private keys: it is for tests, and for the day when nothing else is left that opens the vault.
"""

import argparse
import base64
import datetime
import hmac
import json
import sys
from pathlib import Path

import public_keys
from aws_kms import AWSKMS
from cryptography.exceptions import UnsupportedAlgorithm
from envelope import AuthenticationFailed, binding, encryption_context, uuid_text
from kms_refused import KMSRefused
from local_kms import LocalKMS
from sealed_record import Metadata, SealedRecord
from vault_rows import NotAVault, check_tables, read_tables

FORMAT = 1
PURPOSES = {0: "signing", 1: "encryption"}
USAGES = {0: "namespace", 2: "sequencer-auth", 3: "protocol", 4: "proof-of-ownership", 5: "party-jwt"}
EXIT_DOES_NOT_OPEN, EXIT_MISSING, EXIT_KMS = 65, 66, 69


def open_vault(path, kms):
    """The whole vault, checked and opened."""
    tables = read_tables(path)
    vault = the_vault_row(tables)
    integrity_key = unwrap_integrity_key(vault, kms)
    check_tables(integrity_key, tables)
    data_keys = {row["id"]: unwrap_data_key(row, vault, integrity_key, kms) for row in tables["data_keys"]}
    records = sorted(tables["private_keys"], key=lambda row: row["key_id"])
    return {
        "vaultId": uuid_text(vault["id"]),
        "node": vault["node"].decode("utf-8"),
        "epoch": vault["epoch"],
        "records": [open_record(row, vault, data_keys) for row in records],
    }


def the_vault_row(tables):
    if len(tables["vault"]) != 1:
        raise NotAVault("the vault's own row is missing")
    vault = tables["vault"][0]
    if vault["format"] != FORMAT:
        raise NotAVault(f"the vault has format {vault['format']}, and this program reads {FORMAT}")
    if vault["mac"] is None:
        raise NotAVault("the vault is clear: its private keys lie unencrypted in private_keys.sealed")
    if None in (vault["integrity_key_id"], vault["integrity_wrapper_key"], vault["integrity_wrapped"]):
        raise AuthenticationFailed("the vault's row")
    return vault


def unwrap_integrity_key(vault, kms):
    # Nothing of the row is authenticated yet: whether the KMS opens what it names is the first check of all.
    context = encryption_context(vault["id"], vault["integrity_key_id"], "integrity")
    return unwrap_32_bytes(vault["integrity_wrapped"], vault["integrity_wrapper_key"], context, kms)


def unwrap_data_key(row, vault, integrity_key, kms):
    context = encryption_context(vault["id"], row["id"], "data-key")
    data_key = unwrap_32_bytes(row["wrapped"], row["wrapper_key"], context, kms)
    if not hmac.compare_digest(binding(data_key, vault["id"], row["id"], integrity_key), row["binding"]):
        raise AuthenticationFailed(f"data key {uuid_text(row['id'])}")
    return data_key


def unwrap_32_bytes(ciphertext, wrapper_key, context, kms):
    key = kms.unwrap(ciphertext, wrapper_key.decode(errors="replace"), context)
    if len(key) != 32:
        raise AuthenticationFailed(f"wrapped key {context['nodevault:key']}")
    return key


def open_record(row, vault, data_keys):
    try:
        return record_document(row, open_private_key(row, vault, data_keys))
    except (AuthenticationFailed, UnsupportedAlgorithm, ValueError, LookupError):
        raise AuthenticationFailed(f"key {row['key_id'].decode()}") from None


def record_document(row, pkcs8):
    """One row of private_keys as `nodevault key list` shows it, and its private key."""
    return {
        "keyId": row["key_id"].decode("ascii"),
        "name": None if row["name"] is None else row["name"].decode("utf-8"),
        "purpose": PURPOSES[row["purpose"]],
        "usages": [USAGES[usage] for usage in row["usages"]],
        "scheme": row["scheme"].decode("ascii"),
        "publicKey": base64.b64encode(row["public_key"]).decode("ascii"),
        "dataKeyId": uuid_text(row["data_key_id"]),
        "createdAt": iso_8601(row["created_at"]),
        "pkcs8": pkcs8.hex(),
    }


def open_private_key(row, vault, data_keys):
    # A clear row in an encrypted vault has no data key, and is refused as a planted one.
    data_key = data_keys.get(row["data_key_id"])
    if data_key is None:
        raise AuthenticationFailed("a record")
    metadata = Metadata(
        vault_id=vault["id"],
        key_id=row["key_id"],
        purpose=row["purpose"],
        scheme=row["scheme"],
        usages=row["usages"],
        name=row["name"],
        created_at=row["created_at"],
        public_key=row["public_key"],
    )
    pkcs8 = SealedRecord(row["sealed"]).open(metadata, row["data_key_id"], data_key)
    public_keys.check(row["public_key"], row["key_id"].decode("ascii"), row["scheme"].decode("ascii"))
    if public_keys.derived_public_key(pkcs8) != row["public_key"]:
        raise AuthenticationFailed("a public key")
    return pkcs8


def iso_8601(microseconds):
    epoch = datetime.datetime(1970, 1, 1)
    return (epoch + datetime.timedelta(microseconds=microseconds)).isoformat(timespec="microseconds") + "Z"


# The command


def arguments():
    parser = argparse.ArgumentParser(description="Opens every record of a NodeVault vault and prints it as JSON.")
    parser.add_argument("vault", metavar="VAULT", type=Path)
    kms = parser.add_mutually_exclusive_group(required=True)
    kms.add_argument("--kms-file", metavar="FILE", type=Path, help="the LocalKMS file")
    kms.add_argument("--aws", action="store_true", help="AWS KMS, with boto3's credentials")
    parser.add_argument("--endpoint-url", metavar="URL", help="in place of AWS's own endpoint")
    protection = parser.add_mutually_exclusive_group()
    protection.add_argument("--machine-key-file", metavar="FILE", type=Path, help="32 bytes")
    protection.add_argument("--passphrase-file", metavar="FILE", type=Path, help="the passphrase is its first line")
    given = parser.parse_args()
    if given.kms_file and not (given.machine_key_file or given.passphrase_file):
        parser.error("--kms-file needs --machine-key-file or --passphrase-file")
    return given


def chosen_kms(given):
    return AWSKMS(endpoint_url=given.endpoint_url) if given.aws else local_kms(given)


def local_kms(given):
    file = given.kms_file.read_bytes()
    if given.machine_key_file:
        return LocalKMS(file, machine_key=given.machine_key_file.read_bytes())
    first_line = given.passphrase_file.read_bytes().split(b"\n")[0].removesuffix(b"\r")
    return LocalKMS(file, passphrase=first_line)


def main():
    given = arguments()
    try:
        document = open_vault(given.vault, chosen_kms(given))
    except AuthenticationFailed as failure:
        return refuse(f"authentication failed: {failure}", EXIT_DOES_NOT_OPEN)
    except NotAVault as failure:
        return refuse(failure, EXIT_DOES_NOT_OPEN)
    except KMSRefused as failure:
        return refuse(failure, EXIT_KMS)
    except OSError as failure:
        return refuse(f"{failure.filename}: {failure.strerror}", EXIT_MISSING)
    print(json.dumps(document, ensure_ascii=False, indent=2))
    return 0


def refuse(message, code):
    print(f"open_vault: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
