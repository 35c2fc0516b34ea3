"""A vault made by the nodevault command, with private keys made by openssl's."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from command import NodeVault, openssl, write_private
from local_kms import LocalKMS

SIGNING = ["--purpose", "signing"]
ENCRYPTION = ["--purpose", "encryption"]
LONGEST_NAME = "é" * 150

# What `openssl genpkey` takes for a key, and how it is imported: 300 bytes is the longest name, and two names that look
# alike are two names.
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

    def __init__(self, nodevault):
        self.nodevault = nodevault
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
    atexit.register(folder.cleanup)
    return MadeVault(NodeVault(folder.name, passphrase))
