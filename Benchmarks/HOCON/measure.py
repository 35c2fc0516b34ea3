#!/usr/bin/env python3
"""Compares the time and memory of the HOCON room with Python's json, in one run.

Writes the same data as HOCON (about 1 MB) and as JSON, checks that both give the same, and prints the ratio for the HOCON file
and for the JSON file read as HOCON. Exits with 1 when a ratio is above 2 or the memory above 20 times the file.

    python3 Benchmarks/HOCON/measure.py [--keep DIRECTORY] [--page RESULT.md]

--keep leaves the files there; --page adds a table to a page.
"""
import argparse
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BLOCKS, ROUNDS = 7, 15
LIMIT_TIME, LIMIT_MEMORY = 2.0, 20.0


def node(rng, index):
    """One node's configuration, about as Canton's files have it."""
    return {
        "storage": {
            "type": "postgres",
            "config": {
                "properties": {
                    "serverName": f"db-{index}.example.org",
                    "databaseName": f"participant{index}",
                    "portNumber": 5432 + index % 7,
                    "user": f"canton-{index}",
                },
                "connectionTimeout": rng.randrange(1000, 60000),
            },
        },
        "crypto": {
            "kms": {"type": "aws", "region": rng.choice(["us-east-1", "eu-west-1"]), "audit-logging": rng.random() < 0.5},
            "private-key-store": {"encryption": {"type": "kms", "wrapper-key-id": f"alias/canton-{index}"}},
        },
        "ledger-api": {"port": 5000 + index, "address": "0.0.0.0", "limits": [1, 2.5, 1e3, None, True]},
        "admins": [{"name": f"admin {n}", "mail": f"a{n}@example.org", "weight": rng.random()} for n in range(6)],
    }


def hocon(value, depth=0):
    """The value as a person would write it: comments, unquoted texts, newlines for commas, braces without separator."""
    pad = "  " * depth
    if isinstance(value, dict):
        lines = []
        for key, inner in value.items():
            sign = " " if isinstance(inner, dict) else " = "
            lines.append(f"{pad}{key}{sign}{hocon(inner, depth + 1)}")
        return "{\n" + "\n".join(lines) + f"\n{'  ' * (depth - 1)}}}" if depth else "\n".join(lines) + "\n"
    if isinstance(value, list):
        return "[" + ", ".join(hocon(inner, depth + 1) for inner in value) + "]"
    if isinstance(value, str) and all(part.isalnum() or part in "-./ " for part in value):
        return value
    return json.dumps(value)


def python_times(path):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        json.loads(path.read_bytes())
        times.append((time.perf_counter() - start) * 1000)
    return times


def swift_times(binary, path):
    run = subprocess.run([binary, str(path), str(ROUNDS)], check=True, capture_output=True, text=True)
    return [float(word) for word in run.stdout.split()]


def peak(binary, path):
    """The peak resident memory of one load, less that of loading an almost empty file."""
    script = (
        "import resource,subprocess,sys;subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run([sys.executable, "-c", script, binary, path, "1"], check=True, capture_output=True, text=True)
    return int(run.stdout) * 1024


PAGE = """
## Configuration files

Reading and resolving a file by the HOCON library, compared with Python's `json` reading the same data as JSON: the best of {rounds}
runs each, by turns. Memory is the peak of the process, less that of one that reads an almost empty file.

| file | ours | Python `json` | ratio | target | memory, as multiple of the file | target |
|---|---:|---:|---:|---|---:|---|
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    options = parser.parse_args()
    subprocess.run(["swift", "build", "-c", "release", "--package-path", str(HERE)], check=True, stdout=sys.stderr)
    binary = str(HERE / ".build/release/hocon-benchmark")
    rng = random.Random(1)
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        folder = options.keep or pathlib.Path(directory)
        nodes = {f"participant{index}": node(rng, index) for index in range(870)}
        data = {"canton": {"participants": nodes}}
        conf, same, empty = folder / "data.conf", folder / "data.json", folder / "empty.conf"
        shared = "# Shared settings\n_region = us-east-1\n"
        text = "// A large configuration\n" + hocon(data).replace("region = us-east-1", "region = ${_region}") + shared
        conf.write_text(text)
        empty.write_text("a = 1\n")
        data["_region"] = "us-east-1"
        same.write_text(json.dumps(data))
        read = json.loads(subprocess.run([binary, str(conf), "1", "json"], check=True, capture_output=True).stdout)
        assert read == data, "the two files do not hold the same data"
        failed = False
        baseline = peak(binary, str(empty))
        for label, path in (("HOCON", conf), ("JSON as HOCON", same)):
            python, swift = [], []
            for _ in range(BLOCKS):  # by turns, so that other work on the machine disturbs both alike
                python += python_times(same)
                swift += swift_times(binary, path)
            size = path.stat().st_size
            memory = (peak(binary, str(path)) - baseline) / size
            ratio = min(swift) / min(python)
            failed = failed or ratio > LIMIT_TIME or memory > LIMIT_MEMORY
            rows.append(
                f"| {label}, {size / 1e6:.2f} MB | {min(swift):.2f} ms | {min(python):.2f} ms | **{ratio:.2f}** | ≤ {LIMIT_TIME:.2f} "
                f"{verdict(ratio <= LIMIT_TIME)} | **{memory:.1f}** | ≤ {LIMIT_MEMORY:.0f} {verdict(memory <= LIMIT_MEMORY)} |\n")
            print(
                f"{label}: {size / 1e6:.2f} MB, best {min(swift):.2f} ms, median {statistics.median(swift):.2f} ms; "
                f"Python json: {same.stat().st_size / 1e6:.2f} MB, best {min(python):.2f} ms, median {statistics.median(python):.2f} ms; "
                f"ratio {ratio:.2f} (at most {LIMIT_TIME:.0f}); memory {memory:.1f} x the file (at most {LIMIT_MEMORY:.0f})"
            )
    if options.page:
        with options.page.open("a") as page:
            page.write(PAGE.format(rounds=BLOCKS * ROUNDS) + "".join(rows))
    sys.exit(1 if failed else 0)


def verdict(is_met):
    return "met" if is_met else "**missed**"


if __name__ == "__main__":
    main()
