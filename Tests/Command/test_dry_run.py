"""`rewrap --dry-run` on AWS KMS asks for the permissions by the KMS's own DryRun."""

from strict import StrictVaultTestCase, allow
from test_audit import LINE

REST = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
RE_ENCRYPT = ["kms:ReEncryptFrom", "kms:ReEncryptTo"]


class DryRunTests(StrictVaultTestCase):
    def setUp(self):
        super().setUp()
        self.target = self.server.post("/keys")["Arn"]
        self.before = len(self.server.requests())

    def rehearse(self, method, user):
        arguments = ["--format", "json", "rewrap", "--to", self.target, "--method", method, "--dry-run"]
        content = self.vault.file.read_bytes()
        answer = self.vault.run(*arguments, environment=user)
        self.assertEqual(self.vault.file.read_bytes(), content)
        return answer

    def asked(self):
        """The operations that were asked about since the vault was made."""
        return [call["operation"] for call in self.server.requests()[self.before :] if call.get("dryRun")]

    def test_what_is_permitted_is_asked_for_and_announced(self):
        user = self.user(allow(*REST, *RE_ENCRYPT))
        announced = self.rehearse("re-encrypt", user).json["kmsCalls"]
        self.assertEqual(self.asked(), ["ReEncrypt"])
        lines = [LINE.match(line) for line in self.vault.log.read_text().splitlines()]
        self.assertNotIn(None, lines)
        asked = [line for line in lines if "DryRun=true" in (line["asked"] or "")]
        self.assertEqual([line["request"] for line in asked], ["ReEncryptRequest"])
        answers = [line["answered"] for line in lines if line["received"] == asked[0]["sent"]]
        self.assertEqual(answers, ["DryRun=true"])
        done = self.vault.json("rewrap", "--to", self.target, "--method", "re-encrypt", environment=user)
        self.assertEqual(done["kmsCalls"], announced)

    def test_a_permission_for_the_integrity_key_alone_is_not_enough(self):
        user = self.user(allow(*REST), allow(*RE_ENCRYPT, use="integrity"))
        answer = self.rehearse("re-encrypt", user)
        self.assert_refused_as_json(answer, 77, "access-denied", ["kms:ReEncrypt"])
        self.assertEqual(self.asked(), ["ReEncrypt"])

    def test_where_reencrypt_is_refused_the_other_way_is_asked_for(self):
        user = self.user(allow(*REST), allow(*RE_ENCRYPT, use="integrity"))
        announced = self.rehearse("auto", user).json["kmsCalls"]
        self.assertEqual(self.asked(), ["ReEncrypt", "Decrypt", "Encrypt"])
        self.assertGreater(announced, 0)

    def test_unwrapping_and_wrapping_need_their_own_permissions(self):
        user = self.user(allow(*REST[1:]), allow("kms:Encrypt", use="integrity"))
        answer = self.rehearse("unwrap-wrap", user)
        self.assert_refused_as_json(answer, 77, "access-denied", ["kms:Encrypt"])
        self.assertEqual(self.asked(), ["Decrypt", "Encrypt"])
