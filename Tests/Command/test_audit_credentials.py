"""Calls to STS for credentials have their lines in the audit log, as those of the KMS have theirs."""

import aws
from case import CommandTestCase
from test_audit import LINE
from vault import limited_file_size

SIZE = 16 << 20
PROFILES = """
[default]
role_arn = {role}
role_session_name = operator
source_profile = keys
[profile keys]
aws_access_key_id = {accessKeyId}
aws_secret_access_key = {secretAccessKey}
"""


class AssumedRoleTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        moto = aws.moto().ready
        profiles = self.write("config", PROFILES.format(role=moto["role"], **moto["user"]).encode())
        self.role, self.sts = moto["role"], moto["http"]
        self.vault = aws.moto_vault(self.folder)
        self.vault.variables = {"AWS_CONFIG_FILE": str(profiles), "AWS_ENDPOINT_URL_STS": self.sts}
        self.vault.init()
        self.key_id = self.vault.generate("ed25519")["keyId"]

    def lines(self):
        lines = [LINE.match(line) for line in self.vault.log.read_text().splitlines()]
        self.assertNotIn(None, lines)
        return lines

    def test_the_role_is_assumed_on_the_record_and_its_keys_are_not_in_it(self):
        self.vault.log.unlink()
        self.vault.ok("sign", self.key_id, input=b"a message")
        first, sent, received, *rest = self.lines()
        self.assertEqual(first["request"], "DecryptRequest")
        self.assertEqual(sent["request"], "AssumeRoleRequest")
        self.assertEqual(sent["asked"], f"RoleArn={self.role}, RoleSessionName=operator")
        self.assertEqual(sent["uri"], f"{self.sts}/")
        self.assertEqual(received["received"], sent["sent"])
        self.assertNotEqual(sent["sent"], first["sent"])
        self.assertEqual(sent["trace"], first["trace"])
        self.assertRegex(
            received["answered"],
            r"^AccessKeyId=ASIA\w+, SecretAccessKey=\*\* Redacted secret access key placeholder \*\*, "
            r"SessionToken=\*\* Redacted session token placeholder \*\*, Expiration=\d+$",
        )
        self.assertEqual(rest[0]["received"], first["sent"])

    def test_a_refusal_names_the_service(self):
        self.vault.variables["AWS_CONFIG_FILE"] = str(self.reader())
        self.vault.log.unlink()
        self.assert_refused(self.vault.run("sign", self.key_id, input=b"a message"), 77, [self.role])
        failures = [line["failure"] for line in self.lines() if line["failed"]]
        self.assertIn("Operation: AssumeRole, Code: access-denied, Service: Sts, Status Code: 403", failures[0])

    def reader(self):
        """Profiles of a user who may not assume the role."""
        moto = aws.moto().ready
        return self.write("reader", PROFILES.format(role=moto["role"], **moto["reader"]).encode())

    def test_without_its_line_the_role_is_not_assumed(self):
        self.vault.log.unlink()
        self.vault.ok("sign", self.key_id, input=b"a message")
        first = len(self.vault.log.read_text().splitlines(keepends=True)[0])
        with open(self.vault.log, "wb") as log:
            log.truncate(SIZE)
        # Room for the line of Decrypt and none for that of AssumeRole.
        limit = limited_file_size(SIZE + first + 8)
        answer = self.vault.run("sign", self.key_id, input=b"a message", preexec_fn=limit)
        self.assert_refused(answer, 74, mentions=["kms.log", "the KMS was not called"])
