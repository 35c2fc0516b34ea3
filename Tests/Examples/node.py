"""A vault and a signing node on it, for the tests of Examples/SigningNode."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "KMSServer"))
from kms_server import KMSServer as KMSServer  # noqa: E402 (found on the path that was just set)

NODEVAULT = os.environ["NODEVAULT_BINARY"]
SIGNING_NODE = os.environ["NODEVAULT_SIGNING_NODE"]

CONFIGURATION = """
canton.participants.participant1.crypto {
  kms { type = local }
  private-key-store.encryption.type = kms
}
"""


def aws_configuration(endpoint):
    return f"""
canton.participants.participant1.crypto {{
  kms {{ type = aws, region = us-east-1, endpoint-override = "{endpoint}"
         timeouts {{ connect = 1s, attempt = 1s, operation = 3s }} }}
  private-key-store.encryption.type = kms
}}
"""


class Client:
    """One connection: a line asked, a line answered."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rw", encoding="utf-8", newline="\n")

    def ask(self, line):
        self.stream.write(line + "\n")
        self.stream.flush()
        return self.stream.readline().rstrip("\n")

    def close(self):
        self.stream.close()
        self.socket.close()


class SigningNode:
    """A folder with a vault, and a running node that has it open."""

    def __init__(self, configuration=CONFIGURATION, environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.configuration = self.folder / "participant1.conf"
        self.configuration.write_text(configuration)
        self.path = self.folder / "node.socket"
        self.environment = {**os.environ, **(environment or {})}
        self.command("init")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.arguments(self.path), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.wait_for_answer()

    def restart(self):
        """Starts again after a kill."""
        self.process.stdout.close()
        self.process.stderr.close()
        self.start()

    def arguments(self, socket_path):
        return [SIGNING_NODE, "-c", str(self.configuration), "--socket", str(socket_path)]

    def start_another(self, socket_path):
        """A second node on the same vault, which is to refuse this path."""
        return subprocess.run(
            self.arguments(socket_path), env=self.environment, capture_output=True, text=True, timeout=60
        )

    def command(self, *arguments, **options):
        """Runs the nodevault command on the same vault."""
        return subprocess.run(
            [NODEVAULT, "-c", str(self.configuration), *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
            **options,
        ).stdout

    def wait_for_answer(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                return Client(self.path).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("the node did not start: " + self.process.stderr.read()) from None
                time.sleep(0.02)

    def client(self):
        return Client(self.path)

    def stop(self):
        """Asks the node to end, and answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
