"""A process is killed at every call that changes a file, in every job and every change of a key: nothing is ever lost.

SQLite's every step ends in such calls, and so does every KMS call, since the audit log is written before it and after
it. The command knows nothing of this: see killer.c.
"""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from case import CommandTestCase
from killer import ended_at, number_of_calls
from vault import Templates, Vault, empty_template

CONFIGURATION = """
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true }
  private-key-store { encryption.type = kms, data-keys.max-records = 2 }
}
"""
KEYS = 5
KILLED = -9
GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]


def make_crashing(folder):
    """A vault of a few data keys, and a second wrapper key in its key file."""
    vault = empty_template().copy(folder / "vault")
    vault.configuration.write_text(CONFIGURATION)
    vault.keys = [vault.generate("ed25519", "--name", f"key {number}")["keyId"] for number in range(KEYS)]
    vault.wrapper_key = vault.json("status")["wrapperKey"]
    other = Vault(folder, configuration=None)
    other.configuration = vault.folder / "other.conf"
    other.configuration.write_text(
        CONFIGURATION.replace("type = local", f'type = local, key-file = "{vault.key_file}"').replace(
            "encryption.type", "storage.file = other.vault, encryption.type"
        )
    )
    vault.target = other.init()["wrapperKey"]
    for path in [*vault.folder.glob("other.*"), vault.log]:
        path.unlink()
    vault.exported = {key: export(vault, key) for key in vault.keys}
    vault.log.unlink()
    return vault


def export(vault, key):
    path = vault.folder / f"{key}.pem"
    vault.ok("key", "export", key, "--insecure-clear", "--out", path)
    content = path.read_bytes()
    path.unlink()
    return content


class CrashTestCase(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.template = Templates.vault("crashing", make_crashing)

    def fresh_vault(self, name):
        """A copy of the template; paths in its configuration are relative."""
        return self.template.copy(self.folder / name)

    def check_keys(self, vault, missing=(), more=0):
        """Every key that was there is there, its record opens, and its private key is its public key's."""
        document = vault.json("verify", "--deep")
        self.assertEqual((document["failed"], document["failedDataKeys"], document["forgedRows"]), ([], [], []))
        self.assertTrue(document["matchesHead"])
        found = {key for (key,) in vault.rows("SELECT key_id FROM private_keys")}
        self.assertLessEqual(set(self.template.keys) - set(missing), found)
        self.assertLessEqual(len(found), KEYS + more)

    def check_done(self, vault, number):
        """No job is left, and a private key is byte for byte what it was: another one for each number."""
        self.assertEqual({state for (state,) in vault.rows("SELECT state FROM jobs")}, {"done"})
        key = self.template.keys[number % KEYS]
        self.assertEqual(export(vault, key), self.template.exported[key])

    def wrapper_keys(self, vault):
        return {key for (key,) in vault.rows("SELECT wrapper_key FROM data_keys UNION SELECT wrapper_key FROM vault")}

    def check_rewrapped(self, vault, answer, number):
        self.check_keys(vault)
        again = vault.run("--format", "json", "rewrap", "--to", self.template.target)
        if again.returncode != 0:
            self.assertEqual((again.returncode, again.error["code"]), (1, "wrapper-key-in-use"), again)
        self.assertEqual(self.wrapper_keys(vault), {self.template.target})
        self.assertEqual(len(vault.rows("SELECT * FROM jobs")), 1)
        self.check_done(vault, number)

    def check_rotated(self, vault, answer, number):
        self.check_keys(vault)
        begun = len(vault.rows("SELECT * FROM jobs"))
        unfinished = vault.rows("SELECT lower(hex(id)) FROM jobs WHERE state = 'running'")
        job = vault.json("rotate")["jobId"].replace("-", "")
        self.assertIn(job, [name for (name,) in unfinished] or [job])
        self.assertEqual(len(vault.rows("SELECT * FROM jobs")), begun + (not unfinished))
        self.check_done(vault, number)

    def at_every_call(self, arguments, check, mode="kill", stride=1):
        """Runs `check` after the command has ended at each call in turn; answers how often it was ended."""
        calls = number_of_calls(self.fresh_vault("first"), *arguments)
        self.assertGreater(calls, 10)

        def end(number):
            vault = self.fresh_vault(f"at-{number}")
            answer = ended_at(vault, mode, number, *arguments)
            with self.subTest(arguments=arguments, mode=mode, number=number):
                check(vault, answer, number)
            shutil.rmtree(vault.folder)
            return answer.returncode

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            codes = list(pool.map(end, range(1, calls + 1, stride)))
        return codes


class JobCrashTests(CrashTestCase):
    def test_rewrap(self):
        codes = self.at_every_call(["rewrap", "--to", self.template.target], self.check_rewrapped)
        self.assertEqual(set(codes), {KILLED})

    def test_rewrap_by_unwrapping(self):
        arguments = ["rewrap", "--to", self.template.target, "--method", "unwrap-wrap", "--jobs", "1"]
        self.at_every_call(arguments, self.check_rewrapped, stride=4)

    def test_rewrap_with_torn_writes(self):
        self.at_every_call(["rewrap", "--to", self.template.target], self.check_rewrapped, mode="torn", stride=4)

    def test_rewrap_to_a_new_key(self):
        def check(vault, _, number):
            self.check_keys(vault)
            vault.ok("rewrap", "--to-new-key")
            (key,) = self.wrapper_keys(vault)
            self.assertNotEqual(key, self.template.wrapper_key)
            self.check_done(vault, number)

        self.at_every_call(["rewrap", "--to-new-key"], check, stride=2)

    def test_rotate(self):
        codes = self.at_every_call(["rotate"], self.check_rotated)
        self.assertEqual(set(codes), {KILLED})

    def test_rotate_with_torn_writes(self):
        self.at_every_call(["rotate"], self.check_rotated, mode="torn", stride=5)


class KeyCrashTests(CrashTestCase):
    def test_generate(self):
        self.at_every_call(GENERATE, lambda vault, *_: self.check_keys(vault, more=1))

    def test_rename(self):
        key = self.template.keys[0]

        def check(vault, *_):
            self.check_keys(vault)
            self.assertIn(vault.rows("SELECT name FROM private_keys WHERE key_id = ?", key)[0][0], ["key 0", "renamed"])
            self.assertEqual(export(vault, key), self.template.exported[key])

        self.at_every_call(["key", "rename", key, "renamed"], check)

    def test_delete(self):
        key = self.template.keys[0]
        self.at_every_call(["key", "delete", key, "--yes"], lambda vault, *_: self.check_keys(vault, missing=[key]))

    def test_import(self):
        other = empty_template().copy(self.folder / "other")
        pem = Path(self.folder / "imported.pem")
        pem.write_bytes(export(other, other.generate()["keyId"]))
        self.at_every_call(
            ["key", "import", pem, "--purpose", "signing"], lambda vault, *_: self.check_keys(vault, more=1)
        )


class FullDiskTests(CrashTestCase):
    """From a call on the disk has no room: the command says so, and with room again it goes on."""

    def check(self, arguments, check, stride):
        def checked(vault, answer, number):
            self.assertIn(answer.returncode, [0, 74], answer)
            if answer.returncode == 74:
                self.assertRegex(answer.errors, r"(?m)^nodevault: error: .*\nhint: ")
            check(vault, answer, number)

        codes = self.at_every_call(arguments, checked, mode="full", stride=stride)
        self.assertIn(74, codes)

    def test_rewrap(self):
        self.check(["rewrap", "--to", self.template.target], self.check_rewrapped, 4)

    def test_rotate(self):
        self.check(["rotate"], self.check_rotated, 6)

    def test_generate(self):
        self.check(GENERATE, lambda vault, *_: self.check_keys(vault, more=1), 2)
