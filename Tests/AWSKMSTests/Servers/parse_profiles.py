"""Parses shared files by botocore. Reads a JSON list of {"kind", "content", "profiles"} from standard input, and writes
a list for each: what each profile has, null where there is no such profile, "refused" where botocore refuses the file.
"""

import json
import os
import sys
import tempfile

from botocore import configloader
from botocore.exceptions import BotoCoreError


def parsed(order, path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(order["content"])
    try:
        sections = configloader.raw_config_parse(path)
    except BotoCoreError:
        return ["refused"] * len(order["profiles"])
    if order["kind"] == "config":
        sections = configloader.build_profile_map(sections)["profiles"]
    return [sections.get(profile) for profile in order["profiles"]]


with tempfile.TemporaryDirectory() as folder:
    json.dump([parsed(order, os.path.join(folder, "file")) for order in json.load(sys.stdin)], sys.stdout)
