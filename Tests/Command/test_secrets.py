"""No secret in any output, log, argument or file; no core dumps; a terminal that is left as it was found."""

import base64
import re
import signal
import subprocess
from pathlib import Path

from case import CommandTestCase
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from keyfiles import PEM, encoded, encrypted, secret_number, secret_of
from terminal import Terminal
from vault import BINARY, CONFIGURATION, IS_ROOT, NOBODY, PASSPHRASE_CONFIGURATION, PURPOSES, SCHEMES, surroundings

PASSPHRASE = "Tr0ub4dor-and-3"
OTHER_PASSPHRASE = "correct-horse-battery"


def traces(secret):
    """A secret as it could be seen: raw, in hexadecimal, in base64 at each of its three alignments."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret)
        # The first and last characters depend on the neighbours.
        yield text[4 : len(text) // 4 * 4 - 8]


class LeakTests(CommandTestCase):
    def test_no_output_log_or_file_of_a_whole_run_has_a_secret(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", PASSPHRASE)
        other = self.write("other-passphrase", OTHER_PASSPHRASE)
        seen = []

        def run(*arguments, **options):
            for output_format in ["text", "json"]:
                answer = vault.run("--format", output_format, *arguments, **options)
                seen.append(answer.stdout + answer.stderr)

        run("init")
        keys = {}
        for scheme in SCHEMES:
            file = self.write(f"{scheme}.pem", encrypted(scheme, OTHER_PASSPHRASE))
            arguments = ["key", "import", file, "--purpose", PURPOSES[scheme], "--passphrase-file", other]
            keys[scheme] = vault.json(*arguments)["keyId"]
            run(*arguments)
            run("key", "import", "-", "--purpose", PURPOSES[scheme], input=encoded(scheme, PEM)[:-40])
            run("key", "import", "-", "--purpose", PURPOSES[scheme], input=encoded(scheme) + b"x")
            run("key", "show", keys[scheme])
            run("sign", keys[scheme])
            out = self.folder / f"{scheme}.out"
            run("key", "export", keys[scheme], "--out", out, "--passphrase-file", other)
        generated = [vault.generate(scheme)["keyId"] for scheme in SCHEMES]
        for words in ["status", "key list", "verify --deep", "config show", "rewrap --to-new-key", "upgrade"]:
            run(*words.split())
        self.write("passphrase", OTHER_PASSPHRASE)
        run("verify")
        self.write("passphrase", PASSPHRASE)
        for path in vault.folder.iterdir():
            if not path.name.endswith("passphrase"):
                seen.append(path.read_bytes())
        seen = b"\n".join(seen)
        secrets = [secret_number(scheme) for scheme in SCHEMES] + [self.exported(vault, key) for key in generated]
        for secret in [PASSPHRASE.encode(), OTHER_PASSPHRASE.encode(), *secrets]:
            for trace in traces(secret):
                self.assertNotIn(trace, seen)

    def exported(self, vault, key_id):
        """The secret of a key that the vault has made."""
        out = self.folder / f"{key_id}.clear"
        vault.ok("key", "export", key_id, "--out", out, "--insecure-clear")
        key = load_pem_private_key(out.read_bytes(), None)
        out.unlink()
        return secret_of(key)

    def test_the_traces_would_be_found(self):
        secret = secret_number("ed25519")
        for output in [encoded("ed25519"), encoded("ed25519", PEM).replace(b"\n", b""), b"x" + secret.hex().encode()]:
            self.assertTrue(any(trace in output for trace in traces(secret)))


class ArgumentTests(CommandTestCase):
    def test_no_option_takes_a_secret(self):
        for arguments in [["init"], ["key", "import"], ["key", "export"], ["key", "generate"], ["sign"], ["rewrap"]]:
            text = subprocess.check_output([BINARY, *arguments, "--help"], env=surroundings()).decode()
            options = set(re.findall(r"--[a-z-]*(?:pass|secret|password|pin|token)[a-z-]*", text))
            self.assertLessEqual(options, {"--passphrase-file", "--passphrase-fd", "--ask-passphrase"})


class PromptTests(CommandTestCase):
    """What the process is like while it waits for a passphrase."""

    def setUp(self):
        super().setUp()
        self.vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", PASSPHRASE)
        self.vault.init()
        self.vault.configuration.write_text(CONFIGURATION)

    def test_core_dumps_are_off(self):
        user = {}
        if IS_ROOT:
            self.vault.give_to(NOBODY)
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with Terminal(self.vault, "verify", **user) as terminal:
            terminal.wait_for("passphrase of")
            process = Path("/proc", str(terminal.process.pid))
            self.assertRegex(process.joinpath("limits").read_text(), r"Max core file size +0 +0 ")
            # A process that may not be dumped shows its files as root's, whoever runs it.
            self.assertEqual(process.joinpath("environ").stat().st_uid, 0)
            self.assertIn(b"verify", process.joinpath("cmdline").read_bytes())
            terminal.type(PASSPHRASE + "\n")
            self.assertEqual(terminal.answer().returncode, 0)

    def test_the_terminal_echoes_again_after_every_end(self):
        for end in ["answer", signal.SIGINT, signal.SIGTERM, "\x03", "\x04"]:
            with self.subTest(end), Terminal(self.vault, "verify") as terminal:
                terminal.wait_for("passphrase of")
                self.assertFalse(terminal.echoes)
                if isinstance(end, signal.Signals):
                    terminal.process.send_signal(end)
                else:
                    terminal.type(PASSPHRASE + "\n" if end == "answer" else end)
                answer = terminal.answer(10)
                self.assertEqual(answer.returncode, {"answer": 0, "\x04": 64}.get(end, 75), answer)
                self.assertTrue(terminal.echoes)

    def test_questions_and_answers_stay_off_the_results(self):
        with Terminal(self.vault, "--format", "json", "key", "list", stdin=subprocess.DEVNULL) as terminal:
            self.assertEqual(terminal.answer().json, {"keys": []})
            self.assertEqual(terminal.shown, "")
        with Terminal(self.vault, "--format", "json", "verify", stdin=subprocess.DEVNULL) as terminal:
            terminal.wait_for("passphrase of")
            terminal.type(PASSPHRASE + "\n")
            self.assertEqual(terminal.answer().json["records"], 0)
