#!/usr/bin/env python3
"""Compares NodeVault with the bare libraries and writes the table of docs/benchmarks.md.

    measure.py DIRECTORY-OF-PROGRAMS PATH-OF-NODEVAULT RESULT.md

Each row compares two programs that take turns in one run. Exits with 1 when a target is missed.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PROCESSES = 5

CONFIGURATION = """canton.participants.participant1.crypto {
  kms.type = local
  private-key-store.encryption.type = kms
}
"""


class Worker:
    """A program that does one operation in batches."""

    def __init__(self, program, *arguments):
        command = [str(program), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"{' '.join(command)}: did not start")

    def time(self, count):
        """The time of one operation in nanoseconds, from a batch of `count`."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()) / count

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Start:
    """A program whose whole run is timed."""

    def __init__(self, program, *arguments):
        self.command = [str(program), *map(str, arguments)]

    def time(self, _):
        begin = time.perf_counter_ns()
        subprocess.run(self.command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter_ns() - begin

    def end(self):
        pass


class Comparison:
    """Ours against a baseline. One round is a batch of each; a pair of processes gives the median of its rounds; the median
    of several pairs counts."""

    def __init__(self, ours, baseline, batch, rounds, processes=PROCESSES, compare=lambda ours, baseline: ours / baseline):
        medians = []
        for _ in range(processes):
            pair = [ours(), baseline()]
            for program in pair:
                program.time(batch)
            found = [[program.time(batch) for program in pair] for _ in range(rounds)]
            for program in pair:
                program.end()
            medians.append([statistics.median(column) for column in zip(*found)]
                           + [statistics.median(compare(*row) for row in found)])
        self.ours, self.baseline, self.value = (statistics.median(column) for column in zip(*medians))
        self.lowest, self.highest = min(row[2] for row in medians), max(row[2] for row in medians)


def duration(nanoseconds):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


class Table:
    def __init__(self):
        self.lines, self.missed = [], []

    def add(self, what, baseline, comparison, target, show):
        """Without a target the row is for information."""
        is_missed = target is not None and comparison.value > target
        self.missed += [what] if is_missed else []
        spread = f"{show(comparison.lowest)} to {show(comparison.highest)}"
        verdict = "" if target is None else "**missed**" if is_missed else "met"
        cells = [what, baseline, duration(comparison.ours), duration(comparison.baseline), f"**{show(comparison.value)}**",
                 spread, "" if target is None else f"≤ {show(target)}", verdict]
        self.lines.append("| " + " | ".join(cells) + " |")
        print(f"{what}: {show(comparison.value)} ({spread}) {cells[-2]} {verdict}", flush=True)

    def ratio(self, what, baseline, comparison, target=None):
        self.add(what, baseline, comparison, target, lambda value: f"{value:.2f}")

    def difference(self, what, baseline, comparison, target):
        self.add(what, baseline, comparison, target, lambda value: f"{value / 1e6:.1f} ms")


def measure(programs, nodevault, folder, table):
    bare, measured = programs / "bare", programs / "measured"
    configuration = folder / "participant1.conf"
    configuration.write_text(CONFIGURATION)
    key_id = subprocess.run([measured, "make-vault", configuration], check=True, capture_output=True, text=True).stdout.strip()
    vault = folder / "participant1.vault"

    for scheme, name in (("ed25519", "Ed25519"), ("p256", "P-256")):
        table.ratio(
            f"Signing 64 bytes with a ready {name} key, `KeyStore.sign`",
            "new `EVP_MD_CTX`, `EVP_DigestSignInit` with a ready `EVP_PKEY`, `EVP_DigestSign`",
            Comparison(lambda: Worker(measured, f"sign-{scheme}", configuration), lambda: Worker(bare, f"sign-{scheme}"), 10, 300),
            1.10)

    files = [folder / name for name in ("data-key", "record", "metadata")]
    table.ratio(
        "Opening a sealed record of an Ed25519 key, `SealedRecord.open`", "the same HKDF and GCM in C",
        Comparison(lambda: Worker(measured, "open-record", *files), lambda: Worker(bare, "open-record", *files), 200, 500), 1.3)
    table.ratio(
        "That C program", "AES-256-GCM alone on the same bytes, rekeyed each time",
        Comparison(lambda: Worker(bare, "open-record", *files), lambda: Worker(bare, "open-gcm", *files), 200, 500), 4.0)

    def copied(name):
        """A folder with a copy of the vault of its own."""
        copy = folder / name
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in folder.glob("participant1.*"):
            shutil.copy2(file, copy)
        return copy

    for operation, source, target in (
            ("import-ed25519", "from its PKCS#8", 1.3), ("import-ed25519-bytes", "from its bare 32 bytes", None)):
        table.ratio(
            "Durable import of an Ed25519 key from its PKCS#8, `KeyStore.importKey`",
            f"the same rows in one SQLite transaction in C, and the key made by OpenSSL {source}",
            Comparison(
                lambda: Worker(measured, "import-ed25519", copied("ours") / configuration.name),
                lambda: Worker(bare, operation, copied("bare") / vault.name), 1, 300),
            target)

    message = folder / "message"
    message.write_bytes(bytes(64))
    os.environ["KMS_LOG_FILE_NAME"] = str(folder / "kms.log")
    table.difference(
        "Start to first signature, `nodevault sign` (machine key, 5 keys)", "an empty Swift program that imports Foundation",
        Comparison(
            lambda: Start(nodevault, "-c", configuration, "sign", key_id, message),
            lambda: Start(programs / "empty-program"), 1, 30, compare=lambda ours, baseline: ours - baseline),
        40e6)
    return int(subprocess.run([measured, "sign-hops", configuration], check=True, capture_output=True, text=True).stdout)


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)["PRETTY_NAME"].strip('"')
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.split("(")[0].strip()
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split("(")[0].strip()
    return f"{os.cpu_count()} × {cpu}, {release}, {swift}, {openssl}"


PAGE = """# Benchmarks

Made by `make bench`. Every row compares NodeVault with a program that does the same without it, in one run: the two take
turns in short batches, the median of the batches of {processes} pairs of processes is shown, and the median of the pairs'
ratios counts (beside it the lowest and the highest). Absolute times belong to this machine, on which other work may run.

Machine: {machine}.

| what | compared with | ours | baseline | ratio or difference | spread | target | |
|---|---|---:|---:|---:|---:|---:|---|
{lines}

Jobs that 1,000 signatures with a ready key gave to the caller's executor, counted by an executor of its own: {hops}
(target 0: signing never leaves the caller's executor).

The programs are in `Benchmarks/NodeVault`: `Sources/bare` is C over OpenSSL and SQLite, `Sources/measured` calls NodeVault,
`measure.py` lets them take turns. OpenSSL's allocations are wiped on release in ours, as `NodeVault.prepareProcess()` has
it, and not in the bare programs. The bare import writes a copy of the same vault with the same pragmas; it checks no
codes and makes none. OpenSSL makes a key faster from its bare 32 bytes than from PKCS#8 (`d2i_PrivateKey`), which is what an
import gets; both are shown.
"""


def main():
    programs, nodevault, result = map(pathlib.Path, sys.argv[1:])
    table = Table()
    with tempfile.TemporaryDirectory(dir=programs) as folder:
        hops = measure(programs, nodevault, pathlib.Path(folder), table)
    print(f"hops between executors while signing: {hops}")
    result.write_text(PAGE.format(processes=PROCESSES, machine=machine(), lines="\n".join(table.lines), hops=hops))
    sys.exit(1 if table.missed or hops else 0)


if __name__ == "__main__":
    main()
