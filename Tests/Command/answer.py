"""What the command answered."""

import json
import re
import subprocess

ERROR_FIELDS = ["code", "operation", "message", "hint", "awsError", "requestId", "retryable"]


class Answer(subprocess.CompletedProcess):
    """A finished process, with what it printed as text and as JSON."""

    @property
    def text(self):
        """Standard output as text, without the last newline."""
        return self.stdout.decode().removesuffix("\n")

    @property
    def json(self):
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.stdout)

    @property
    def errors(self):
        """Standard error as text."""
        return self.stderr.decode()

    @property
    def error(self):
        """The error of the JSON document on standard error; warnings and lines of the audit log may stand before it."""
        start = re.search(r"^\{$", self.errors, re.MULTILINE)
        if start is None:
            raise AssertionError(f"no error document on standard error: {self.errors!r}")
        document = json.loads(self.errors[start.start() :])
        if list(document) != ["error"]:
            raise AssertionError(f"an error document has the one field error: {document}")
        return document["error"]

    def __str__(self):
        return f"{' '.join(self.args[1:])!r} answered {self.returncode}: {self.stdout!r} {self.errors}"
