"""Several processes on one vault, and processes that are killed at any moment."""

import random
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from case import CommandTestCase
from vault import Templates, empty_template

GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
REWRAP = ["rewrap", "--to-new-key"]
ONE_RECORD_EACH = """
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true }
  private-key-store { encryption.type = kms, data-keys.max-records = 1 }
}
"""
DATA_KEYS = 16


def make_wide(folder):
    """A vault with many data keys."""
    vault = empty_template().copy(folder / "vault")
    vault.configuration.write_text(ONE_RECORD_EACH)
    for _ in range(DATA_KEYS):
        vault.ok(*GENERATE)
    return vault


class ProcessTestCase(CommandTestCase):
    def wide_vault(self):
        return Templates.vault("wide", make_wide).copy(self.folder / "vault")

    def duration(self, vault, *arguments):
        begin = time.monotonic()
        vault.ok(*arguments)
        return time.monotonic() - begin

    def stopped(self, vault, arguments, moment, number):
        """Starts a command, sends a signal at a moment, and gives exit code, standard output and standard error."""
        process = vault.start(*arguments)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout.decode(), stderr.decode()

    def check_whole(self, vault):
        self.assertEqual(vault.json("verify")["failed"], [])

    def check_rewrapped(self, vault):
        """Run again, the rewrap comes to its end, and every data key lies under the one wrapper key."""
        vault.ok(*REWRAP)
        status = vault.json("status")
        self.assertEqual({key["wrapperKey"] for key in status["dataKeys"]}, {status["wrapperKey"]})
        self.assertEqual({job["state"] for job in status["jobs"]}, {"done"})
        document = vault.json("verify", "--deep")
        self.assertEqual((document["records"], document["failed"]), (DATA_KEYS, []))


class ConcurrencyTests(ProcessTestCase):
    def test_two_processes_generate_keys_at_once(self):
        vault = self.empty_vault()
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: vault.generate()["keyId"], range(16)))
        self.assertEqual({key["keyId"] for key in vault.json("key", "list")["keys"]}, set(answers))
        self.check_whole(vault)
        self.assertEqual(len(vault.json("status")["dataKeys"]), 1)

    def test_keys_are_generated_while_the_vault_is_rewrapped(self):
        vault = self.wide_vault()
        with ThreadPoolExecutor(2) as pool:
            rewrap = pool.submit(vault.json, *REWRAP)
            generated = [vault.generate()["keyId"] for _ in range(4)]
            rewrap.result()
        vault.ok("verify")
        status = vault.json("status")
        self.assertEqual({key["wrapperKey"] for key in status["dataKeys"]}, {status["wrapperKey"]})
        self.assertLessEqual(set(generated), {key["keyId"] for key in vault.json("key", "list")["keys"]})

    def test_one_name_goes_to_one_of_two_processes(self):
        vault = self.empty_vault()
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: vault.run(*GENERATE, "--name", "one"), range(2)))
        self.assertEqual(sorted(answer.returncode for answer in answers), [0, 1])
        self.assertEqual(vault.json("verify")["records"], 1)


class KillTests(ProcessTestCase):
    """At least 60 kills: the vault opens after each, and what was answered is kept."""

    def test_generating_is_killed_at_random_moments(self):
        vault = self.empty_vault()
        choice, answered, killed = random.Random(1), set(), 0
        duration = self.duration(vault, *GENERATE)
        while killed < 40:
            code, text, _ = self.stopped(vault, GENERATE, choice.uniform(0, 1.2 * duration), signal.SIGKILL)
            killed += code == -signal.SIGKILL
            answered.update(re.findall(r"^1220[0-9a-f]{64}$", text, re.MULTILINE))
            if killed % 8 == 0:
                self.check_whole(vault)
        self.assertLessEqual(answered, {key["keyId"] for key in vault.json("key", "list")["keys"]})
        self.check_whole(vault)
        vault.generate()

    def test_rewrapping_is_killed_at_random_moments(self):
        vault = self.wide_vault()
        choice, killed = random.Random(2), 0
        duration = self.duration(vault, *REWRAP)
        while killed < 30:
            code, _, _ = self.stopped(vault, REWRAP, choice.uniform(0, 1.1 * duration), signal.SIGKILL)
            killed += code == -signal.SIGKILL
            if killed % 6 == 0:
                self.check_whole(vault)
        self.check_rewrapped(vault)

    def test_making_a_vault_is_killed_at_random_moments(self):
        """There is a whole vault or none, and making it anew works."""
        vault = self.new_vault()
        choice = random.Random(3)
        duration = self.duration(vault, "init")
        for _ in range(12):
            vault.file.unlink(missing_ok=True)
            self.stopped(vault, ["init"], choice.uniform(0, 1.1 * duration), signal.SIGKILL)
            if not vault.file.exists():
                vault.init()
            self.check_whole(vault)


class InterruptionTests(ProcessTestCase):
    """Ctrl-C and SIGTERM: the step in work is finished, the exit code says that it is to be run again."""

    def test_rewrapping_is_interrupted_and_goes_on_when_it_is_run_again(self):
        vault = self.wide_vault()
        choice, codes = random.Random(4), []
        duration = self.duration(vault, *REWRAP)
        for number in [signal.SIGINT, signal.SIGTERM] * 6:
            code, _, errors = self.stopped(vault, REWRAP, choice.uniform(0.3, 1) * duration, number)
            # A signal before the command's first line, while it is still being loaded, finds nothing to finish.
            self.assertIn(code, [0, 75, -number], errors)
            if code == 75:
                self.assertRegex(errors, r"(?m)^nodevault: error: .*\nhint: .*run the command again")
            codes.append(code)
            self.check_whole(vault)
        self.assertIn(75, codes)
        self.check_rewrapped(vault)

    def test_generating_is_interrupted_before_or_after_the_key_is_kept(self):
        vault = self.empty_vault()
        choice, answered = random.Random(5), set()
        duration = self.duration(vault, *GENERATE)
        for _ in range(10):
            # The first milliseconds belong to the loader of programs, not to the command.
            code, text, errors = self.stopped(vault, GENERATE, choice.uniform(0.4, 1) * duration, signal.SIGINT)
            self.assertIn(code, [0, 75, -signal.SIGINT], errors)
            answered.update(text.split())
        self.assertLessEqual(answered, {key["keyId"] for key in vault.json("key", "list")["keys"]})
        self.check_whole(vault)

    def test_waiting_for_a_message_is_ended_at_once(self):
        vault = self.full_vault()
        with vault.start("sign", vault.keys["ed25519"]["keyId"], stdin=subprocess.PIPE) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 75)
            errors = process.stderr.read()
        self.assertRegex(errors.decode(), r"^nodevault: error: .*interrupted\nhint: .*\n$")
