"""The commands that the tests drive: nodevault and openssl."""

import json
import os
import subprocess
from pathlib import Path

CONFIGURATION = """
canton.participants.participant1.crypto {
  kms { %s }
  private-key-store { encryption.type = kms, storage.file = "participant1.vault", data-keys.max-records = 2 }
}
"""


class NodeVault:
    """The nodevault command, named by NODEVAULT_BINARY, on a configuration in a folder of its own.

    `aws` is what the section `kms` holds in place of LocalKMS's settings, `variables` what the environment has besides.
    """

    def __init__(self, folder, passphrase=None, aws=None, **variables):
        self.folder = Path(folder)
        self.vault = self.folder / "participant1.vault"
        self.key_file = self.folder / "participant1.kms"
        self.machine_key_file = self.folder / "participant1.kms.machine-key"
        self.passphrase_file = self.folder / "passphrase"
        if passphrase is not None:
            write_private(self.passphrase_file, passphrase)
        sealed_by = "" if passphrase is None else ', passphrase-file = "passphrase"'
        local = f'type = local, key-file = "participant1.kms" {sealed_by}'
        (self.folder / "participant1.conf").write_text(CONFIGURATION % (aws or local))
        self.variables = variables

    def __call__(self, *arguments):
        """Runs a command that must succeed; answers its JSON document, None where it prints none."""
        process = self.run(*arguments)
        if process.returncode != 0:
            raise AssertionError(f"nodevault {' '.join(arguments)}: {process.returncode} {process.stderr}")
        return json.loads(process.stdout) if process.stdout.strip() else None

    def run(self, *arguments):
        binary = os.environ.get("NODEVAULT_BINARY")
        if not binary:
            raise RuntimeError("NODEVAULT_BINARY must name the nodevault command that is tested")
        whole = [binary, "-c", str(self.folder / "participant1.conf"), "--format", "json", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("NODEVAULT_", "KMS_"))}
        environment |= self.variables
        return subprocess.run(whole, capture_output=True, text=True, cwd=self.folder, env=environment, check=False)


def openssl(*arguments, standard_input=None):
    """Runs openssl; answers what it prints."""
    return subprocess.run(["openssl", *arguments], input=standard_input, capture_output=True, check=True).stdout


def write_private(path, content):
    """Writes a file of mode 0600."""
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
