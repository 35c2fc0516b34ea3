"""A vault in a folder of its own, and the command that works on it."""

import atexit
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from answer import Answer

BINARY = os.environ.get("NODEVAULT_BINARY", "")
if not os.access(BINARY, os.X_OK):
    raise RuntimeError("set NODEVAULT_BINARY to the path of the nodevault command that is to be tested")
BINARY = os.path.abspath(BINARY)

SCHEMES = ["ed25519", "ec-p256", "ec-p384", "ec-secp256k1", "rsa-2048"]
PURPOSES = dict.fromkeys(SCHEMES, "signing") | {"rsa-2048": "encryption"}
NOBODY = 65534
IS_ROOT = os.geteuid() == 0

CONFIGURATION = """
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true }
  private-key-store.encryption.type = kms
}
"""
PASSPHRASE_CONFIGURATION = """
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true, passphrase-file = passphrase }
  private-key-store.encryption.type = kms
}
"""


def surroundings(**variables):
    """The environment of a command: none of this process's settings of the vault, and no terminal's."""
    kept = {name: os.environ[name] for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] if name in os.environ}
    # Nor are credentials asked for at the instance that the tests may run on.
    return kept | {"LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"} | variables


class Vault:
    """The files of one vault: configuration, database, key file, audit log."""

    def __init__(self, folder, configuration=CONFIGURATION):
        self.folder = Path(folder)
        self.configuration = self.folder / "participant1.conf"
        self.file = self.folder / "participant1.vault"
        self.key_file = self.folder / "participant1.kms"
        self.machine_key = self.folder / "participant1.kms.machine-key"
        self.log = self.folder / "kms.log"
        if configuration is not None:
            self.configuration.write_text(configuration)

    def arguments(self, *arguments):
        return [BINARY, "-c", str(self.configuration), *map(str, arguments)]

    def environment(self, **variables):
        return surroundings(**{"KMS_LOG_FILE_NAME": str(self.log)} | variables)

    def run(self, *arguments, input=b"", environment=None, **options):
        """Runs the command on this vault, without a terminal."""
        if "stdin" not in options:
            options["input"] = input
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120} | options
        done = subprocess.run(
            self.arguments(*arguments), env=self.environment(**environment or {}), start_new_session=True, **options
        )
        return Answer(done.args, done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments, **options):
        """Runs the command, which must succeed."""
        answer = self.run(*arguments, **options)
        if answer.returncode != 0:
            raise AssertionError(answer)
        return answer

    def json(self, *arguments, **options):
        """Runs the command, which must succeed, and gives its JSON document."""
        return self.ok("--format", "json", *arguments, **options).json

    def init(self, *arguments):
        return self.json("init", *arguments)

    def generate(self, scheme="ed25519", *arguments, purpose=None):
        """Makes a key and gives its JSON document."""
        return self.json("key", "generate", "--scheme", scheme, "--purpose", purpose or PURPOSES[scheme], *arguments)

    def start(self, *arguments, **options):
        """Starts the command and does not wait for it."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(self.arguments(*arguments), env=self.environment(), start_new_session=True, **options)

    def copy(self, folder):
        """The same vault in another folder, which must not exist."""
        shutil.copytree(self.folder, folder)
        return Vault(folder, configuration=None)

    def give_to(self, user):
        """Makes folder and files another user's."""
        for path in [self.folder, *self.folder.iterdir()]:
            os.chown(path, user, user)

    def content(self):
        """Every row of every table: what must not change when a command is refused."""
        with sqlite3.connect(self.file.as_uri() + "?mode=ro", uri=True) as database:
            tables = ["schema_migrations", "data_keys", "vault", "private_keys", "jobs"]
            return {table: sorted(database.execute(f"SELECT * FROM {table}")) for table in tables}

    def forge(self, *statements):
        """Changes the database as somebody else would, past the command."""
        with sqlite3.connect(self.file) as database:
            for statement, *values in (s if isinstance(s, tuple) else (s,) for s in statements):
                database.execute(statement, values)
        database.close()

    def rows(self, query, *values):
        with sqlite3.connect(self.file.as_uri() + "?mode=ro", uri=True) as database:
            return database.execute(query, values).fetchall()


class Templates:
    """Vaults that are made once and copied by the tests."""

    folder = None
    made = {}

    @classmethod
    def vault(cls, name, make):
        if name not in cls.made:
            if cls.folder is None:
                cls.folder = Path(tempfile.mkdtemp(prefix="nodevault-templates-"))
                atexit.register(shutil.rmtree, cls.folder, ignore_errors=True)
            (cls.folder / name).mkdir()
            cls.made[name] = make(cls.folder / name)
        return cls.made[name]


def make_empty(folder):
    """A vault without keys, its key file under a machine key."""
    vault = Vault(folder)
    vault.init()
    return vault


def make_full(folder):
    """A vault with a key of every scheme, named like it."""
    vault = empty_template().copy(folder / "vault")
    vault.keys = {scheme: vault.generate(scheme, "--name", scheme) for scheme in SCHEMES}
    return vault


def empty_template():
    return Templates.vault("empty", make_empty)


def full_template():
    return Templates.vault("full", make_full)


def limited_file_size(size):
    """For preexec_fn: no file can grow beyond `size` bytes, and trying is an error instead of the end."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
