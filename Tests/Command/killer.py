"""Ends a command at a chosen call that changes a file: SIGKILL, a torn write or a full disk, without its help."""

import atexit
import shutil
import subprocess
import tempfile
from pathlib import Path

from answer import Answer

SOURCE = Path(__file__).with_name("killer.c")


class Killer:
    """The library that is loaded into the command, compiled once."""

    library = None

    @classmethod
    def compiled(cls):
        if cls.library is None:
            folder = Path(tempfile.mkdtemp(prefix="nodevault-killer-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            cls.library = folder / "killer.so"
            compiler = shutil.which("clang") or shutil.which("cc")
            subprocess.run(
                [compiler, "-O1", "-shared", "-fPIC", "-o", str(cls.library), str(SOURCE), "-ldl"], check=True
            )
        return cls.library


def environment(vault, mode, at, count=""):
    return {
        "LD_PRELOAD": str(Killer.compiled()),
        "KILLER_FOLDER": str(vault.folder),
        "KILLER_MODE": mode,
        "KILLER_AT": str(at),
        "KILLER_COUNT": str(count),
    }


def number_of_calls(vault, *arguments):
    """How many calls change a file when the command runs to its end; on a copy of the vault."""
    copy = vault.copy(vault.folder.with_name("counted"))
    count = vault.folder.with_name("count")
    copy.ok(*arguments, environment=environment(copy, "kill", 0, count))
    shutil.rmtree(copy.folder)
    return int(count.read_text())


def ended_at(vault, mode, at, *arguments) -> Answer:
    """Runs the command and ends it, or fills its disk, at that call."""
    return vault.run(*arguments, environment=environment(vault, mode, at))
