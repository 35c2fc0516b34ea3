"""Splits commands as botocore does. Reads a JSON list from standard input and writes the words of each, null for
none."""

import json
import sys

from botocore.compat import compat_shell_split


def words(command):
    try:
        return compat_shell_split(command) or None
    except ValueError:
        return None


json.dump([words(command) for command in json.load(sys.stdin)], sys.stdout)
