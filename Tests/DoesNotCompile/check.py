#!/usr/bin/env python3
"""Compiles each fixture of this folder against the built modules: it must fail with the error that its first line
names.

    check.py FOLDER-OF-THE-BUILD        (.build/debug)
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def compiler_output(fixture, build):
    # Down to SIL: who consumes a value twice is found only there.
    command = ["swiftc", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-I", build / "Modules", fixture]
    maps = sorted((ROOT / "Sources").glob("C*/module.modulemap"))
    maps.append(build.parent / "checkouts/GRDB.swift/Sources/GRDBSQLite/module.modulemap")
    for file in maps:
        command += ["-Xcc", f"-fmodule-map-file={file}"]
    finished = subprocess.run(command, capture_output=True, text=True)
    return finished.returncode, finished.stderr


def complaint(fixture, build):
    """What is wrong with the compiler's answer; None when it is as expected."""
    first_line = fixture.read_text().splitlines()[0]
    kind, _, text = first_line.removeprefix("// ").partition(": ")
    status, output = compiler_output(fixture, build)
    if kind == "compiles":
        return None if status == 0 else output
    if status == 0:
        return "it compiles"
    return None if "error: " in output and text in output else f"another error than {text!r}:\n{output}"


def main():
    build = pathlib.Path(sys.argv[1])
    fixtures = sorted(HERE.glob("*.swift"))
    failed = 0
    for fixture in fixtures:
        found = complaint(fixture, build)
        if found:
            failed += 1
            print(f"{fixture.name}: {found}", file=sys.stderr)
    print(f"DoesNotCompile: {len(fixtures) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not fixtures else 0)


main()
