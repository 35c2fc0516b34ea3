"""A terminal for commands that ask."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from answer import Answer


class Terminal:
    """Runs a command on a terminal of its own, answers its questions, and keeps what was shown."""

    def __init__(self, vault, *arguments, environment=None, **options):
        self.primary, self.secondary = pty.openpty()
        options = {"stdin": self.secondary, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        secondary = self.secondary
        self.process = subprocess.Popen(
            vault.arguments(*arguments),
            env=vault.environment(**environment or {}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(secondary, termios.TIOCSCTTY, 0),
            **options,
        )
        self.shown = ""

    def wait_for(self, question, seconds=60):
        """Reads what is shown until the question comes; the terminal's and standard error's text both count."""
        deadline = time.monotonic() + seconds
        sources = [self.primary] + ([self.process.stderr.fileno()] if self.process.stderr else [])
        self.errors = getattr(self, "errors", "")
        while question not in self.shown and question not in self.errors:
            ready, _, _ = select.select(sources, [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"{question!r} was not asked: {self.shown!r} {self.errors!r}")
            for source in ready:
                text = os.read(source, 4096).decode()
                if not text and self.process.poll() is not None:
                    raise AssertionError(f"ended without asking {question!r}: {self.shown!r} {self.errors!r}")
                if source == self.primary:
                    self.shown += text
                else:
                    self.errors += text

    def type(self, text):
        os.write(self.primary, text.encode())

    @property
    def echoes(self):
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self.secondary)[3] & termios.ECHO)

    def answer(self, seconds=60):
        """Waits for the end."""
        stdout, stderr = self.process.communicate(timeout=seconds)
        while select.select([self.primary], [], [], 0.05)[0]:
            self.shown += os.read(self.primary, 4096).decode()
        stderr = getattr(self, "errors", "").encode() + (stderr or b"")
        return Answer(self.process.args, self.process.returncode, stdout or b"", stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in [self.process.stdout, self.process.stderr]:
            if stream:
                stream.close()
        os.close(self.primary)
        os.close(self.secondary)


def asked(vault, arguments, *exchanges, **options):
    """Runs a command on a terminal with (question, answer) pairs, and gives its answer and what was shown."""
    with Terminal(vault, *arguments, **options) as terminal:
        for question, reply in exchanges:
            terminal.wait_for(question)
            terminal.type(reply + "\n")
        answer = terminal.answer()
        return answer, terminal.shown
