"""`rotate`: new data keys, every record sealed anew."""

from case import CommandTestCase
from test_rewrap import MANY_DATA_KEYS, REPORT_FIELDS


class RotateTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()
        self.vault.configuration.write_text(MANY_DATA_KEYS)
        self.records = len(self.vault.json("key", "list")["keys"])

    def data_keys(self):
        return {key["id"] for key in self.vault.json("status")["dataKeys"]}

    def sealed(self):
        return {sealed for (sealed,) in self.vault.rows("SELECT sealed FROM private_keys")}

    def exported(self):
        path = self.folder / "exported.pem"
        contents = []
        for key in self.vault.keys.values():
            self.vault.ok("key", "export", key["keyId"], "--insecure-clear", "--force", "--out", path)
            contents.append(path.read_bytes())
        return contents

    def test_every_record_is_sealed_anew_and_every_key_is_the_same(self):
        data_keys, sealed, exported = self.data_keys(), self.sealed(), self.exported()
        keys = self.vault.json("key", "list")["keys"]
        answer = self.vault.json("rotate")
        self.assertEqual(list(answer), REPORT_FIELDS)
        self.assertEqual((answer["kind"], answer["from"]), ("rotate", answer["to"]))
        self.assertEqual((answer["total"], answer["done"]), (self.records, self.records))
        self.assertTrue(data_keys.isdisjoint(self.data_keys()))
        self.assertTrue(sealed.isdisjoint(self.sealed()))
        for before, after in zip(keys, self.vault.json("key", "list")["keys"], strict=True):
            self.assertNotEqual(before.pop("dataKeyId"), after.pop("dataKeyId"))
            self.assertEqual(before, after)
        self.assertEqual(self.exported(), exported)
        (job,) = self.vault.json("status")["jobs"]
        self.assertEqual((job["id"], job["kind"], job["state"]), (answer["jobId"], "rotate", "done"))
        self.assertEqual((job["done"], job["total"]), (self.records, self.records))
        self.assertEqual(self.vault.json("verify", "--deep")["records"], self.records)

    def test_the_calls_announced_are_the_calls_made_and_logged(self):
        announced = self.vault.json("rotate", "--dry-run")
        self.vault.log.unlink()
        done = self.vault.json("rotate")
        sent = [line for line in self.vault.log.read_text().splitlines() if "Sending request" in line]
        # One call opened the vault.
        self.assertEqual([announced["kmsCalls"], done["kmsCalls"]], [len(sent) - 1] * 2)

    def test_a_dry_run_changes_no_byte(self):
        before = self.vault.file.read_bytes()
        answer = self.vault.json("rotate", "--dry-run")
        self.assertEqual((answer["jobId"], answer["total"], answer["done"]), (None, self.records, 0))
        self.assertIn("nothing was changed", self.vault.ok("rotate", "--dry-run").text)
        self.assertEqual(self.vault.file.read_bytes(), before)

    def test_text_says_what_was_done(self):
        text = self.vault.ok("rotate").text
        self.assertRegex(text, rf"^sealed {self.records} records anew under new data keys, with \d+ KMS calls$")

    def test_a_rate_below_one_is_a_usage_error(self):
        for command in ["rotate", "rewrap"]:
            self.check_refusal(self.vault, [command, "--rate=0"], 64, "usage", ["--rate"])
            self.check_refusal(self.vault, [command, "--progress", "loud"], 64, "usage", ["loud"])
