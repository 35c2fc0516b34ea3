#!/usr/bin/env python3
"""Compares the corpus with Lightbend's implementation of HOCON.

Every case is loaded by Lightbend's library (Debian: apt-get install libtypesafe-config-java openjdk-17-jre-headless)
and its outcome is compared with the expectation of the corpus: the same data, or an error in both. Where the two
differ, the case must be listed in differences.json with the reason; the script prints these, and fails for a difference
that is not listed and for a listed one that has disappeared.

    python3 Tests/HOCONTests/Corpus/lightbend/compare.py [JAR]
"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent
JAR = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/java/typesafe-config.jar"


def plain(value):
    """The value with all numbers as floats, since Lightbend prints 1.0 as 1."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value


def lightbend(cases):
    """The outcome of each case: parsed JSON, or None and the message."""
    environment = dict(os.environ, **json.loads((CORPUS / "environment.json").read_text()))
    files = [str(CORPUS / f"{case}.conf") for case in cases]
    command = ["java", "-Dfile.encoding=UTF-8", "-cp", JAR, str(HERE / "Lightbend.java"), *files]
    run = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, check=True, encoding="utf-8", errors="replace"
    )
    outcomes = {}
    for line in run.stdout.split("\n"):
        if line:
            file, kind, text = line.split("\t", 2)
            name = str(pathlib.Path(file).relative_to(CORPUS))[: -len(".conf")]
            outcomes[name] = (json.loads(text), None) if kind == "json" else (None, text)
    return outcomes


def main():
    differences = json.loads((HERE / "differences.json").read_text())
    names = sorted(
        str(path.relative_to(CORPUS))[: -len(".conf")]
        for path in CORPUS.rglob("*.conf")
        if "included" not in path.parts
    )
    # Lightbend's library has no bounds: these would exhaust its stack or memory.
    cases = [name for name in names if not name.startswith("limits/")]
    outcomes = lightbend(cases)
    same, listed, failures = 0, 0, []
    for name in cases:
        json_file = CORPUS / f"{name}.json"
        expected = json.loads(json_file.read_text()) if json_file.exists() else None
        found, error = outcomes[name]
        is_same = (expected is None and error is not None) or (
            expected is not None and error is None and plain(expected) == plain(found)
        )
        ours = json_file.read_text().strip() if json_file.exists() else (CORPUS / f"{name}.error").read_text().strip()
        theirs = json.dumps(found, ensure_ascii=False) if error is None else error
        if is_same and name not in differences:
            same += 1
        elif not is_same and name in differences:
            listed += 1
            print(f"{name}\n    ours:      {ours}\n    Lightbend: {theirs}\n    why:       {differences[name]}")
        elif is_same:
            failures.append(f"{name}: listed in differences.json, but there is none any more")
        else:
            failures.append(f"{name}: not listed in differences.json\n    ours:      {ours}\n    Lightbend: {theirs}")
    failures += [
        f"{name}: listed in differences.json, but not in the corpus" for name in differences if name not in cases
    ]
    for failure in failures:
        print(f"UNEXPLAINED {failure}")
    print(
        f"{len(cases)} cases: {same} alike, {listed} different for a listed reason, {len(failures)} unexplained; "
        f"{len(names) - len(cases)} cases of limits/ not run"
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
