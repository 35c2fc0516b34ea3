"""`nodevault status | verify | upgrade`, and what every command has in common."""

import functools
import os

from case import CommandTestCase
from vault import SCHEMES

STATUS_FIELDS = [
    "vaultId", "node", "wrapperKey", "createdWrapperKey", "schema", "records", "clearRecords", "dataKeys", "jobs",
    "memoryTier", "epoch",
]  # fmt: skip
DATA_KEY_FIELDS = ["id", "wrapperKey", "keyMaterialId", "state", "records", "createdAt", "rewrappedAt"]


class StatusTests(CommandTestCase):
    def test_an_older_copy_is_refused_where_the_epoch_is_known(self):
        vault = self.full_vault()
        epoch = vault.json("status")["epoch"]
        for command in (["status"], ["key", "list"], ["verify"], ["upgrade"]):
            vault.ok(*command, "--minimum-epoch", str(epoch))
            self.assertEqual(vault.run(*command, "--minimum-epoch", str(epoch + 1)).returncode, 65, command)
        self.assertEqual(vault.run("config", "show", "--minimum-epoch", "1").returncode, 64)

    def test_a_forged_time_or_public_key_is_shown_or_refused_without_a_crash(self):
        vault = self.full_vault()
        for time in (-(2**63), 2**63 - 1):
            vault.forge(f"UPDATE private_keys SET created_at = {time}")
            self.assertEqual(len(vault.json("key", "list")["keys"]), len(SCHEMES))
        vault.forge("UPDATE private_keys SET public_key = x'00'")
        self.assertEqual(vault.run("key", "list").returncode, 65)

    def test_the_document_has_every_field(self):
        vault = self.full_vault()
        status = vault.json("status")
        self.assertLessEqual(set(STATUS_FIELDS), set(status))
        self.assertEqual((status["node"], status["createdWrapperKey"]), ("participants.participant1", True))
        self.assertEqual((status["schema"], status["records"], status["clearRecords"]), (1, len(SCHEMES), 0))
        self.assertEqual(status["jobs"], [])
        self.assertIn(status["memoryTier"], ["memfd-secret", "locked", "unlocked"])
        self.assertGreater(status["epoch"], len(SCHEMES))
        (data_key,) = status["dataKeys"]
        self.assertEqual(list(data_key)[:7], DATA_KEY_FIELDS)
        self.assertEqual(data_key["id"], vault.keys["ed25519"]["dataKeyId"])
        self.assertEqual((data_key["wrapperKey"], data_key["records"]), (status["wrapperKey"], len(SCHEMES)))
        self.assertEqual((data_key["state"], data_key["rewrappedAt"]), ("active", None))
        self.assertRegex(data_key["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    def test_every_change_advances_the_epoch(self):
        vault = self.full_vault()
        epochs = [vault.json("status")["epoch"]]
        for arguments in [
            ["key", "rename", vault.keys["ed25519"]["keyId"], "other"],
            ["key", "delete", vault.keys["ec-p384"]["keyId"], "--yes"],
            ["rewrap", "--to-new-key"],
        ]:
            vault.ok(*arguments)
            epochs.append(vault.json("status")["epoch"])
        self.assertEqual(epochs, sorted(set(epochs)))

    def test_the_text_names_what_the_document_has(self):
        vault = self.full_vault()
        status = vault.json("status")
        text = vault.ok("status").text
        for field in ["vaultId", "node", "wrapperKey", "memoryTier"]:
            self.assertIn(status[field], text)
        self.assertIn(status["dataKeys"][0]["id"], text)
        self.assertIn(f"{len(SCHEMES)} sealed, 0 clear", text)


class VerifyTests(CommandTestCase):
    def test_a_sound_vault_passes(self):
        vault = self.full_vault()
        for arguments in [["verify"], ["verify", "--deep"]]:
            document = vault.json(*arguments)
            self.assertEqual((document["records"], document["failed"]), (len(SCHEMES), []))
            self.assertRegex(vault.ok(*arguments).text, f"^verified {len(SCHEMES)} records: all open")

    def test_an_empty_vault_passes(self):
        self.assertEqual(self.empty_vault().json("verify")["records"], 0)

    def test_verify_changes_no_byte(self):
        vault = self.full_vault()
        before = vault.file.read_bytes()
        vault.ok("verify", "--deep")
        self.assertEqual(vault.file.read_bytes(), before)


class UpgradeTests(CommandTestCase):
    def test_a_current_vault_stays_as_it_is(self):
        vault = self.full_vault()
        before = vault.file.read_bytes()
        self.assertEqual(vault.json("upgrade"), {"from": 1, "to": 1, "setAside": None})
        self.assertIn("schema 1 already", vault.ok("upgrade").text)
        self.assertEqual(vault.file.read_bytes(), before)
        self.assertEqual(list(vault.folder.glob("*before*")), [])


def close_all(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


class OutputTests(CommandTestCase):
    def test_a_full_standard_output_is_an_error(self):
        vault = self.full_vault()
        key_id = vault.keys["ed25519"]["keyId"]
        for words in ["status", "key list", f"key public {key_id}", f"sign {key_id}", "config show", "verify"]:
            with self.subTest(words), open("/dev/full", "wb") as full:
                answer = vault.run(*words.split(), stdout=full)
                self.assertEqual(answer.returncode, 74, answer)
                self.assertIn("standard output cannot be written", answer.errors)

    def test_a_key_whose_id_could_not_be_printed_is_in_the_vault(self):
        vault = self.full_vault()
        with open("/dev/full", "wb") as full:
            answer = vault.run("key", "generate", "--scheme", "ed25519", "--purpose", "signing", stdout=full)
        self.assertEqual(answer.returncode, 74, answer)
        self.assertEqual(vault.json("verify")["records"], len(SCHEMES) + 1)

    def test_closed_standard_descriptors_never_reach_a_file(self):
        vault = self.full_vault()
        arguments = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
        for descriptors in [[0], [1], [2], [0, 1, 2]]:
            with self.subTest(descriptors):
                before = vault.key_file.read_bytes()
                answer = vault.run(*arguments, preexec_fn=functools.partial(close_all, descriptors))
                self.assertEqual(answer.returncode, 74 if 1 in descriptors else 0, answer)
                self.assertEqual(vault.key_file.read_bytes(), before)
        self.assertEqual(vault.json("verify")["records"], len(SCHEMES) + 4)

    def test_a_reader_that_went_away_is_an_error(self):
        vault = self.full_vault()
        reading, writing = os.pipe()
        os.close(reading)
        answer = vault.run("key", "list", stdout=writing)
        os.close(writing)
        self.assertEqual(answer.returncode, 74, answer)
