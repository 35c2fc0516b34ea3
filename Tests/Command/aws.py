"""A vault on AWS KMS: the two servers that stand for it, and the configuration that names them."""

import atexit
import functools
import json
import subprocess
import sys
from pathlib import Path

from vault import Vault

TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "KMSServer"))
from kms_server import KMSServer  # noqa: E402 (found on the path that was just set)

REGION = "us-east-1"
CONFIGURATION = """
canton.participants.participant1.crypto {{
  kms {{ type = aws, region = {region}, audit-logging = true, endpoint-override = "{endpoint}"
         timeouts {{ connect = 2s, attempt = 2s, operation = 6s }} }}
  private-key-store.encryption {{ type = kms {wrapper_key} }}
}}
"""


@functools.cache
def strict_server():
    """One strict KMS for all tests; a test that disturbs it resets it."""
    server = KMSServer("--bad-certificates", "--region", "eu-west-1")
    atexit.register(server.stop)
    return server


class Moto:
    """moto, as Tests/AWSKMSTests starts it: its first line, and its end with this process."""

    def __init__(self):
        script = TESTS / "AWSKMSTests" / "Servers" / "moto_kms.py"
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.ready = json.loads(self._process.stdout.readline())
        atexit.register(self._process.communicate)


@functools.cache
def moto():
    return Moto()


class AWSVault(Vault):
    """A vault whose configuration names AWS KMS, and a user's access key for it."""

    def __init__(self, folder, endpoint, keys, region=REGION, wrapper_key=None, **environment):
        super().__init__(folder, None)
        self.variables = {
            "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        } | environment
        self.configure(endpoint, region, wrapper_key)

    def configure(self, endpoint, region=REGION, wrapper_key=None):
        named = f', wrapper-key-id = "{wrapper_key}"' if wrapper_key else ""
        self.configuration.write_text(CONFIGURATION.format(endpoint=endpoint, region=region, wrapper_key=named))

    def environment(self, **variables):
        """The credentials too; a variable that is None is left out."""
        merged = super().environment(**self.variables | variables)
        return {name: value for name, value in merged.items() if value is not None}

    def copy(self, folder):
        raise NotImplementedError("a vault on AWS KMS is made anew")


def strict_vault(folder, **options):
    """A vault folder on the strict KMS, as its root user."""
    server = strict_server()
    return AWSVault(folder, server.https, server.ready, AWS_CA_BUNDLE=server.ca, **options)


def moto_vault(folder, **options):
    """A vault folder on moto."""
    ready = moto().ready
    return AWSVault(folder, ready["http"], ready["user"], region=ready["region"], **options)
