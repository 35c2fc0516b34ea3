"""`nodevault rewrap`: a new wrapping for every data key, and nothing else."""

from case import CommandTestCase
from vault import SCHEMES, Vault

REPORT_FIELDS = ["jobId", "kind", "from", "to", "total", "done", "kmsCalls", "dryRun"]
MANY_DATA_KEYS = """
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true }
  private-key-store { encryption.type = kms, data-keys.max-records = 2 }
}
"""


class RewrapTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()
        self.vault.configuration.write_text(MANY_DATA_KEYS)
        for _ in range(4):
            self.vault.generate()
        status = self.vault.json("status")
        self.wrapper_key, self.wrapped = status["wrapperKey"], len(status["dataKeys"]) + 1
        self.vault.log.unlink()

    def records(self):
        return self.vault.rows("SELECT * FROM private_keys ORDER BY key_id")

    def another_wrapper_key(self):
        """A key in the same key file, made by creating another vault beside it."""
        other = self.folder / "other.conf"
        configuration = MANY_DATA_KEYS.replace("encryption.type", "storage.file = other.vault, encryption.type")
        configuration = configuration.replace("type = local", f'type = local, key-file = "{self.vault.key_file}"')
        other.write_text(configuration)
        vault = Vault(self.folder, configuration=None)
        vault.configuration = other
        return vault.init()["wrapperKey"]

    def test_to_a_new_key_replaces_every_wrapping_and_touches_no_record(self):
        records = self.records()
        answer = self.vault.json("rewrap", "--to-new-key")
        self.assertEqual(list(answer)[:8], REPORT_FIELDS)
        self.assertRegex(answer["jobId"], "^[0-9a-f-]{36}$")
        self.assertEqual((answer["kind"], answer["from"], answer["dryRun"]), ("rewrap", self.wrapper_key, False))
        self.assertNotEqual(answer["to"], self.wrapper_key)
        self.assertEqual((answer["total"], answer["done"]), (self.wrapped, self.wrapped))
        self.assertEqual(self.records(), records)
        status = self.vault.json("status")
        self.assertEqual((status["wrapperKey"], status["createdWrapperKey"]), (answer["to"], True))
        for data_key in status["dataKeys"]:
            self.assertEqual(data_key["wrapperKey"], answer["to"])
            self.assertRegex(data_key["rewrappedAt"], r"^\d{4}-.*Z$")
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])

    def test_the_calls_counted_are_the_calls_logged(self):
        answer = self.vault.json("rewrap", "--to-new-key")
        sent = [line for line in self.vault.log.read_text().splitlines() if "Sending request" in line]
        # One call opened the vault.
        self.assertEqual(answer["kmsCalls"], len(sent) - 1)

    def test_a_job_is_on_record_afterwards(self):
        answer = self.vault.json("rewrap", "--to-new-key")
        (job,) = self.vault.json("status")["jobs"]
        self.assertEqual(list(job)[:7], ["id", "kind", "state", "done", "total", "from", "to"])
        expected = [answer["jobId"], "rewrap", "done", self.wrapped, self.wrapped, self.wrapper_key, answer["to"]]
        self.assertEqual(list(job.values())[:7], expected)

    def test_to_a_named_key_by_key_id_or_arn(self):
        other = self.another_wrapper_key()
        answer = self.vault.json("rewrap", "--to", other.rsplit("/", 1)[1])
        self.assertEqual((answer["from"], answer["to"]), (self.wrapper_key, other))
        self.assertEqual(self.vault.json("status")["createdWrapperKey"], False)
        back = self.vault.json("rewrap", "--to", self.wrapper_key, "--jobs", "1")
        self.assertEqual((back["from"], back["to"], back["done"]), (other, self.wrapper_key, self.wrapped))
        self.assertEqual(self.vault.json("verify")["failed"], [])

    def test_by_unwrapping_and_wrapping_nothing_is_re_encrypted(self):
        answer = self.vault.json("rewrap", "--to-new-key", "--method", "unwrap-wrap")
        self.assertEqual((answer["method"], answer["verifiedByUnwrap"]), ("unwrap-wrap", True))
        self.assertEqual(answer["done"], self.wrapped)
        self.assertNotIn("ReEncrypt", self.vault.log.read_text())
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])

    def test_without_the_unwrap_it_says_so(self):
        answer = self.vault.json("rewrap", "--to-new-key", "--no-unwrap")
        self.assertEqual((answer["method"], answer["verifiedByUnwrap"], answer["done"]), ("auto", False, self.wrapped))
        self.assertIn("only names were compared", self.vault.ok("rewrap", "--to-new-key", "--no-unwrap").text)
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])

    def test_under_the_same_key_all_or_by_age(self):
        self.assertEqual(self.vault.json("rewrap", "--older-than", "365d")["total"], 0)
        wrapped = self.vault.rows("SELECT wrapped FROM data_keys")
        for arguments in [["--all"], ["--older-than", "0s"]]:
            answer = self.vault.json("rewrap", *arguments)
            self.assertEqual((answer["from"], answer["to"]), (self.wrapper_key, self.wrapper_key))
            self.assertEqual((answer["total"], answer["done"]), (self.wrapped, self.wrapped))
        self.assertTrue(set(wrapped).isdisjoint(self.vault.rows("SELECT wrapped FROM data_keys")))
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])

    def test_what_does_not_go_together_is_a_usage_error(self):
        for arguments, mentions in [
            (["--all", "--older-than", "1d"], ["not both"]),
            (["--all", "--to-new-key"], ["--all"]),
            (["--older-than", "1d", "--to", "alias/a"], ["--older-than"]),
            (["--older-than", "soon"], ["365d"]),
            (["--older-than=-1d"], ["365d"]),
            (["--method", "quickly"], ["unwrap-wrap"]),
        ]:
            self.check_refusal_changes_nothing(self.vault, ["rewrap", *arguments], 64, "usage", mentions)

    def test_a_clear_vault_has_nothing_to_rewrap_or_rotate(self):
        clear = Vault(self.folder, configuration="canton.participants.participant1.crypto {}")
        clear.init()
        for arguments in [["rewrap"], ["rewrap", "--to-new-key"], ["rotate"]]:
            self.check_refusal_changes_nothing(
                clear, arguments, 78, "not-encrypted", ["NO_ENCRYPTED_PRIVATE_KEY_STORE_ERROR"]
            )

    def test_the_key_that_is_in_use_is_refused_under_any_name(self):
        for name in [self.wrapper_key, self.wrapper_key.rsplit("/", 1)[1]]:
            arguments = ["rewrap", "--to", name]
            mentions = [self.wrapper_key, "WRAPPER_KEY_ALREADY_IN_USE_ERROR"]
            self.check_refusal_changes_nothing(self.vault, arguments, 1, "wrapper-key-in-use", mentions)

    def test_a_key_that_does_not_exist_is_refused(self):
        for name in ["11111111-2222-3333-4444-555555555555", "alias/none"]:
            arguments, mentions = ["rewrap", "--to", name], [name, "WRAPPER_KEY_NOT_EXIST_ERROR"]
            self.check_refusal_changes_nothing(self.vault, arguments, 78, "wrapper-key-not-found", mentions)

    def test_what_names_no_key_is_a_usage_error(self):
        for name in ["", "x" * 301, "no key"]:
            arguments = ["rewrap", "--to", name]
            self.check_refusal_changes_nothing(self.vault, arguments, 64, "usage", ["INVALID_KMS_KEY_ID"])
        self.check_refusal(self.vault, ["rewrap", "--to", "alias/a", "--to-new-key"], 64, "usage", ["not both"])
        for jobs in ["0", "65", "-1", "x"]:
            self.check_refusal(self.vault, ["rewrap", f"--jobs={jobs}"], 64, "usage", ["--jobs"])

    def test_a_dry_run_counts_and_changes_no_byte(self):
        other = self.another_wrapper_key()
        files = [self.vault.file, self.vault.key_file]
        before = [file.read_bytes() for file in files]
        for arguments, target in [(["--to-new-key"], None), (["--to", other], other)]:
            answer = self.vault.json("rewrap", *arguments, "--dry-run")
            expected = [None, "rewrap", self.wrapper_key, target, self.wrapped, 0]
            self.assertEqual(list(answer.values())[:6], expected)
            self.assertIs(answer["dryRun"], True)
            self.assertGreater(answer["kmsCalls"], self.wrapped)
        self.assertIn("nothing was changed", self.vault.ok("rewrap", "--to-new-key", "--dry-run").text)
        self.assertEqual([file.read_bytes() for file in files], before)

    def test_a_dry_run_announces_the_calls_that_the_run_makes(self):
        announced = self.vault.json("rewrap", "--to-new-key", "--dry-run")
        done = self.vault.json("rewrap", "--to-new-key")
        # The run describes the new key, which the dry run cannot.
        self.assertLessEqual(abs(announced["kmsCalls"] - done["kmsCalls"]), 1)

    def test_without_a_destination_and_nothing_stale_nothing_changes(self):
        before = self.vault.file.read_bytes()
        answer = self.vault.json("rewrap")
        self.assertEqual((answer["from"], answer["to"]), (self.wrapper_key, self.wrapper_key))
        self.assertEqual((answer["jobId"], answer["total"], answer["done"]), (None, 0, 0))
        self.assertEqual(self.vault.file.read_bytes(), before)

    def test_text_says_what_was_done(self):
        text = self.vault.ok("rewrap", "--to-new-key").text
        way = rf"from {self.wrapper_key} to arn:\S+"
        self.assertRegex(text, rf"^rewrapped {self.wrapped} wrapped keys {way}, with \d+ KMS calls$")

    def test_a_pin_of_the_old_key_is_told(self):
        store = "canton.participants.participant1.crypto.private-key-store"
        pin = f'{store}.encryption.wrapper-key-id = "{self.wrapper_key}"'
        self.vault.configuration.write_text(MANY_DATA_KEYS + pin)
        answer = self.vault.ok("rewrap", "--to-new-key")
        self.assertIn(f"warning: the configuration still pins {self.wrapper_key}", answer.errors)
        again = self.vault.ok("key", "generate", "--scheme", "ed25519", "--purpose", "signing")
        self.assertIn("warning: the configuration pins", again.errors)
        self.assertEqual(len(self.vault.json("key", "list")["keys"]), len(SCHEMES) + 5)
