"""Bad weather between the command and AWS KMS: one line of error and one of hint, the right exit code, the vault
unchanged, and the failure in the audit log."""

import shutil

import aws
from strict import StrictVaultTestCase, allow

MESSAGE = b"a message"


class WeatherTests(StrictVaultTestCase):
    def check_bad(self, exit_code, code, mentions, arguments=None, **environment):
        """Signing is refused as text and as JSON, nothing changes, and the audit log has the failure."""
        arguments = arguments or ["sign", self.key_id]
        before, content = self.vault.file.read_bytes(), self.vault.content()
        answer = self.vault.run(*arguments, input=MESSAGE, environment=environment)
        self.assert_refused(answer, exit_code, mentions)
        answer = self.vault.run("--format", "json", *arguments, input=MESSAGE, environment=environment)
        self.assert_refused_as_json(answer, exit_code, code, mentions)
        self.assertEqual(self.vault.file.read_bytes(), before)
        self.assertEqual(self.vault.content(), content)
        failures = [line for line in self.vault.log.read_text().splitlines() if " WARN " in line]
        self.assertGreaterEqual(len(failures), 2)
        self.assertRegex(failures[-1], r"Request \[[0-9a-f]{16}\] failed\. .*Code: " + code)
        return answer.error

    # Where nobody answers

    def test_no_network(self):
        self.server.post("/listening", on=False)
        try:
            self.check_bad(69, "kms-unavailable", [self.server.https, "cannot be reached", "check the network"])
        finally:
            self.server.post("/listening", on=True)

    def test_a_host_that_does_not_exist(self):
        self.vault.configure("https://kms.nowhere.invalid")
        self.check_bad(69, "kms-unavailable", ["kms.nowhere.invalid", "cannot be reached"])

    def test_a_kms_that_hangs_ends_at_the_deadline(self):
        self.server.fault("hang", operation="Decrypt")
        self.check_bad(69, "timed-out", ["did not answer in time"])
        self.assertIn("Decrypt takes long and is tried again", self.vault.run("sign", self.key_id, input=b"").errors)

    # Wrong certificates

    def test_a_certificate_of_an_unknown_authority(self):
        other = self.write("other.pem", self.other_authority())
        self.check_bad(69, "kms-unavailable", ["not trusted", "AWS_CA_BUNDLE"], AWS_CA_BUNDLE=str(other))
        self.check_bad(69, "kms-unavailable", ["not trusted"], AWS_CA_BUNDLE=None)

    def other_authority(self):
        subject = ["-subj", "/CN=another authority", "-days", "2", "-nodes", "-keyout", self.folder / "other.key"]
        return self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *subject)

    def test_expired_and_foreign_certificates(self):
        for name in ["expiredCertificate", "foreignCertificate"]:
            with self.subTest(name):
                self.vault.configure(self.server.ready[name])
                self.check_bad(69, "kms-unavailable", ["not trusted"])

    def test_a_bundle_that_is_not_there(self):
        self.check_bad(69, "kms-unavailable", ["AWS_CA_BUNDLE"], AWS_CA_BUNDLE=str(self.folder / "missing.pem"))

    # Who may not

    def test_access_denied_names_the_action_and_the_key(self):
        user = self.user(allow("kms:DescribeKey"))
        error = self.check_bad(77, "access-denied", ["kms:Decrypt", self.wrapper_key], **user)
        self.assertEqual(error["awsError"], "AccessDeniedException")
        self.assertRegex(error["requestId"], r"^[0-9a-f-]{36}$")

    def test_access_denied_at_each_command_names_the_missing_action(self):
        enough = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:CreateKey", "kms:TagResource"]
        wanted = {
            "kms:GenerateDataKey": ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"],
            "kms:CreateKey": ["rewrap", "--to-new-key"],
            "kms:ReEncryptFrom": ["rewrap", "--method", "re-encrypt", "--to", self.server.post("/keys")["Arn"]],
        }
        full = ["-C", "canton.participants.participant1.crypto.private-key-store.data-keys.max-records=1"]
        for action, arguments in wanted.items():
            with self.subTest(action):
                user = self.user(allow(*[other for other in enough if other != action]))
                answer = self.vault.run(*full, *arguments, environment=user)
                self.assert_refused(answer, 77, [action])

    def test_expired_credentials(self):
        tokens = self.server.post("/session-tokens", accessKeyId=self.server.ready["accessKeyId"], expiresIn=60)
        session = {
            "AWS_ACCESS_KEY_ID": tokens["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": tokens["secretAccessKey"],
            "AWS_SESSION_TOKEN": tokens["sessionToken"],
        }
        self.assertEqual(len(self.vault.ok("sign", self.key_id, input=MESSAGE, environment=session).stdout), 64)
        self.server.post("/clock", offset=120)
        error = self.check_bad(77, "credentials", ["expired"], **session)
        self.assertEqual(error["awsError"], "ExpiredTokenException")

    def test_an_unknown_access_key_and_a_wrong_secret(self):
        for wrong in [{"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00"}, {"AWS_SECRET_ACCESS_KEY": "wrong"}]:
            with self.subTest(wrong):
                self.check_bad(77, "credentials", ["access key"], **wrong)

    def test_half_of_the_credentials_are_none(self):
        self.check_bad(77, "credentials", ["AWS_SECRET_ACCESS_KEY"], AWS_SECRET_ACCESS_KEY=None)

    # Which key, and where

    def test_a_wrong_region(self):
        # The port of eu-west-1 takes no signature of us-east-1.
        self.vault.configure(self.server.ready["regions"]["eu-west-1"])
        self.check_bad(77, "credentials", ["region"])

    def test_disabled_and_deleted_wrapper_keys(self):
        for state, code, exit_code in [
            ("Disabled", "wrapper-key-disabled", 69),
            ("PendingDeletion", "wrapper-key-invalid-state", 69),
        ]:
            with self.subTest(state):
                self.server.post("/keys/state", arn=self.wrapper_key, state=state)
                self.check_bad(exit_code, code, [self.wrapper_key])
        self.server.post("/keys/delete", arn=self.wrapper_key)
        self.check_bad(65, "wrapper-key-not-found", [self.wrapper_key])

    def test_unknown_wrapper_keys_at_init(self):
        fresh = self.folder / "fresh"
        for name in ["alias/none", "1234abcd-12ab-34cd-56ef-1234567890ab"]:
            with self.subTest(name):
                fresh.mkdir()
                vault = aws.strict_vault(fresh, wrapper_key=name)
                self.check_refusal(vault, ["init"], 78, "wrapper-key-not-found", [name])
                self.assertEqual([path.name for path in fresh.glob("*.vault*")], [])
                shutil.rmtree(fresh)

    # A KMS that fails or lies

    def test_a_kms_that_throttles_or_fails(self):
        for kind, code in [("throttle", "throttled"), ("500", "kms-unavailable"), ("503", "kms-unavailable")]:
            with self.subTest(kind):
                self.server.clear_faults()
                self.server.fault(kind, operation="Decrypt")
                self.check_bad(69, code, [self.server.https])

    def test_a_fault_that_passes_is_not_noticed(self):
        for kind in ["throttle", "500", "503", "reset", "truncate"]:
            with self.subTest(kind):
                self.server.clear_faults()
                self.server.fault(kind, operation="Decrypt", times=1)
                self.assertEqual(len(self.vault.ok("sign", self.key_id, input=MESSAGE).stdout), 64)

    def test_answers_that_are_none_of_kms(self):
        said = {
            "garbage": "answers Decrypt with a body that is no JSON object",
            "html": "answers Decrypt with a body that is no JSON object",
            "huge": "answers more than it ever does",
            "conflicting-lengths": "does not answer in proper HTTP",
            "redirect": "redirects, which no KMS does",
            "wrong-key-id": "answers Decrypt with another key's ARN as KeyId",
            "missing": "answers Decrypt with no",
        }
        for kind, words in said.items():
            with self.subTest(kind):
                self.server.clear_faults()
                self.server.fault(kind, operation="Decrypt")
                self.check_bad(69, "invalid-response", [words])

    def test_another_data_key_than_was_wrapped_opens_nothing(self):
        self.server.fault("set", operation="Decrypt", members={"Plaintext": "A" * 43 + "="}, skip=0)
        self.check_authentication_failure()

    def check_authentication_failure(self):
        answer = self.vault.run("--format", "json", "sign", self.key_id, input=MESSAGE)
        self.assertEqual(answer.returncode, 65, answer)
        self.assertEqual(answer.error["code"], "authentication-failed")

    def test_a_key_that_was_created_is_named_when_init_fails_afterwards(self):
        fresh = self.folder / "fresh"
        fresh.mkdir()
        vault = aws.strict_vault(fresh)
        self.server.fault("500", operation="GenerateDataKey", executes=True)
        answer = vault.run("--format", "json", "init")
        self.assertEqual(answer.returncode, 69, answer)
        created = self.server.requests(operation="GenerateDataKey")[-1]["keyId"]
        self.assertIn(created, answer.error["hint"])
        self.assertEqual([path.name for path in fresh.glob("*.vault*")], [])
