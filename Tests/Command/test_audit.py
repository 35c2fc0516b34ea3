"""The audit log: Canton's lines, before and after each KMS call, and no call where they cannot be written."""

import os
import re
from datetime import datetime

from case import CommandTestCase
from vault import CONFIGURATION, IS_ROOT, NOBODY

# From Canton's documentation of AWS KMS.
SAMPLES = """\
2023-09-12 15:44:54,426 [env-execution-context-27] INFO  c.d.c.c.k.a.a.AwsRequestResponseLogger:participant=participant1 tid:40d47592f1bd50f37e6804fbdff404dd - Sending request [06cc259e220da647]: DecryptRequest(CiphertextBlob=** Ciphertext placeholder **, KeyId=91c48ce4-ec80-44c1-a219-fdd07f12f002, EncryptionAlgorithm=RSAES_OAEP_SHA_256) to https://kms.us-east-1.amazonaws.com/
2023-09-12 15:44:54,538 [aws-java-sdk-NettyEventLoop-1-15] INFO  c.d.c.c.k.a.a.AwsRequestResponseLogger:participant=participant1 tid:40d47592f1bd50f37e6804fbdff404dd - Received response [06cc259e220da647]: [Aws-Id: 1836823c-bb8a-44bf-883d-f33d696bf84f] - DecryptResponse(Plaintext=** Redacted plaintext placeholder **, KeyId=arn:aws:kms:us-east-1:724647588434:key/91c48ce4-ec80-44c1-a219-fdd07f12f002, EncryptionAlgorithm=RSAES_OAEP_SHA_256)
2023-09-12 15:44:54,441 [env-execution-context-138] INFO  c.d.c.c.k.a.a.AwsRequestResponseLogger:participant=participant1 tid:40d47592f1bd50f37e6804fbdff404dd - Sending request [e28450df3a98ea23]: SignRequest(KeyId=f23b5b37-b4e8-494d-b2bc-1fca12308c99, Message=** Sign message text placeholder **, MessageType=RAW, SigningAlgorithm=ECDSA_SHA_256) to https://kms.us-east-1.amazonaws.com/
2023-09-12 15:44:54,554 [aws-java-sdk-NettyEventLoop-1-2] INFO  c.d.c.c.k.a.a.AwsRequestResponseLogger:participant=participant1 tid:40d47592f1bd50f37e6804fbdff404dd - Received response [e28450df3a98ea23]: [Aws-Id: 7085bcf3-1a36-4048-a38b-014b441afa11] - SignResponse(KeyId=arn:aws:kms:us-east-1:724647588434:key/f23b5b37-b4e8-494d-b2bc-1fca12308c99, Signature=** Signature message text placeholder **, SigningAlgorithm=ECDSA_SHA_256)
"""

LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \[(?P<thread>[^\]]+)\] (?P<level>INFO |WARN )"
    r" ?(?P<logger>c\.d\.c\.c\.k\.a\.a\.AwsRequestResponseLogger:(participant|sequencer|mediator)=\S+)"
    r" tid:(?P<trace>[0-9a-f]{32}) - (?:"
    r"Sending request \[(?P<sent>[0-9a-f]{16})\]: (?P<request>\w+Request)\((?P<asked>.*)\) to (?P<uri>\S+)"
    r"|Received response \[(?P<received>[0-9a-f]{16})\]: \[Aws-Id: (?P<aws>\S+)\]"
    r" - (?P<response>\w+Response)\((?P<answered>.*)\)"
    r"|Request \[(?P<failed>[0-9a-f]{16})\] failed\. (?P<failure>.+))$"
)

GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
CALLS = {
    "init": (["init"], ["CreateKey", "RetrieveMetadata", "GenerateDataKey", "Decrypt"]),
    "the first key": (GENERATE, ["Decrypt", "GenerateDataKey"]),
    "the second key": (GENERATE, ["Decrypt", "Decrypt"]),
    "verify": (["verify"], ["Decrypt", "Decrypt"]),
    "rewrap": (
        ["rewrap", "--to-new-key", "--jobs", "1"],
        ["Decrypt", "CreateKey", "RetrieveMetadata", "GenerateDataKey", "Decrypt"] + ["ReEncrypt", "Decrypt"] * 2,
    ),
}


class AuditLineTests(CommandTestCase):
    def parsed(self, text):
        lines = [LINE.match(line) for line in text.splitlines()]
        self.assertNotIn(None, lines, text)
        return lines

    def check_pairs(self, lines):
        """Each request has one outcome, with its id and its trace id, at the same or a later time."""
        outcomes = {line["received"] or line["failed"]: line for line in lines if not line["sent"]}
        sent = [line for line in lines if line["sent"]]
        self.assertEqual(len(sent) * 2, len(lines))
        self.assertEqual(len({line["sent"] for line in sent}), len(sent))
        for line in sent:
            outcome = outcomes[line["sent"]]
            self.assertEqual((outcome["trace"], outcome["logger"]), (line["trace"], line["logger"]))
            self.assertGreaterEqual(outcome["time"], line["time"])
            if outcome["response"]:
                self.assertEqual(outcome["response"].removesuffix("Response"), line["request"].removesuffix("Request"))

    def test_the_expression_reads_cantons_own_lines(self):
        self.check_pairs(sorted(self.parsed(SAMPLES), key=lambda line: line["time"]))

    def test_every_call_of_every_command_is_logged_before_and_after(self):
        vault = self.new_vault()
        for name, (arguments, calls) in CALLS.items():
            with self.subTest(name):
                before = datetime.now()
                vault.ok(*arguments)
                lines = self.parsed(vault.log.read_text())
                vault.log.unlink()
                self.check_pairs(lines)
                sent = [line for line in lines if line["sent"]]
                self.assertEqual([line["request"].removesuffix("Request") for line in sent], calls)
                self.assertEqual({line["uri"] for line in sent}, {"local:"})
                self.assertEqual({line["level"] for line in lines}, {"INFO "})
                self.assertTrue(lines[0]["logger"].endswith(":participant=participant1"))
                time = datetime.strptime(lines[0]["time"] + "000", "%Y-%m-%d %H:%M:%S,%f")
                self.assertLess(abs((time - before).total_seconds()), 60)

    def test_what_is_secret_has_a_placeholder(self):
        vault = self.new_vault()
        for arguments, _ in CALLS.values():
            vault.ok(*arguments)
        for line in self.parsed(vault.log.read_text()):
            for body in filter(None, [line["asked"], line["answered"]]):
                for name, value in re.findall(r"(CiphertextBlob|Plaintext)=(.*?)(?:, |$)", body):
                    self.assertRegex(value, r"^\*\* (Ciphertext|Redacted plaintext) placeholder \*\*$", name)

    def test_lines_go_to_standard_error_where_no_file_is_named(self):
        vault = self.full_vault()
        vault.log.unlink()
        answer = vault.ok("sign", vault.keys["ed25519"]["keyId"], environment={"KMS_LOG_FILE_NAME": ""})
        lines = self.parsed(answer.errors)
        self.check_pairs(lines)
        self.assertEqual([line["request"] for line in lines if line["sent"]], ["DecryptRequest", "DecryptRequest"])
        self.assertEqual(len(answer.stdout), 64)
        self.assertFalse(vault.log.exists())

    def test_nothing_but_failures_is_logged_where_logging_is_off(self):
        vault = self.full_vault()
        vault.log.unlink()
        vault.configuration.write_text(CONFIGURATION.replace("audit-logging = true", "audit-logging = false"))
        vault.ok("sign", vault.keys["ed25519"]["keyId"])
        self.assertFalse(vault.log.exists())
        self.assertEqual(vault.run("rewrap", "--to", "alias/none").returncode, 78)
        (line,) = self.parsed(vault.log.read_text())
        self.assertEqual(line["level"], "WARN ")
        self.assertIn("NotFoundException", line["failure"])

    def test_a_failure_is_the_outcome_of_its_request(self):
        vault = self.full_vault()
        vault.log.unlink()
        error = vault.run("--format", "json", "rewrap", "--to", "alias/none").error
        lines = self.parsed(vault.log.read_text())
        self.check_pairs(lines)
        self.assertEqual((lines[-1]["level"], error["awsError"]), ("WARN ", "NotFoundException"))
        self.assertIn(error["requestId"], lines[-1]["failure"])

    def test_lines_are_appended_and_the_file_is_the_owners_alone(self):
        vault = self.full_vault()
        before = vault.log.read_text()
        vault.ok("verify", umask=0)
        self.assertTrue(vault.log.read_text().startswith(before))
        self.assertEqual(oct(vault.log.stat().st_mode & 0o777), "0o600")


class UnavailableLogTests(CommandTestCase):
    """Where a line cannot be written the KMS is not called, and nothing changes."""

    def check(self, log, mentions, **options):
        vault = self.vault = getattr(self, "vault", None) or self.full_vault()
        key_file = vault.key_file.read_bytes()
        for arguments in [["sign", vault.keys["ed25519"]["keyId"]], GENERATE, ["rewrap", "--to-new-key"], ["verify"]]:
            with self.subTest(arguments):
                options |= {"environment": {"KMS_LOG_FILE_NAME": str(log)}}
                self.check_refusal_changes_nothing(vault, arguments, 74, "audit-unavailable", mentions, **options)
        self.assertEqual(vault.key_file.read_bytes(), key_file)

    def test_the_folder_is_missing(self):
        log = self.folder / "missing" / "kms.log"
        self.check(log, [str(log), "no such file"])
        self.assertFalse(log.parent.exists())

    def test_the_file_cannot_be_written(self):
        self.vault = self.full_vault()
        user = {}
        if IS_ROOT:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            self.vault.give_to(NOBODY)
            self.folder.chmod(0o711)
        log = self.write("closed.log", "")
        log.chmod(0o400)
        self.check(log, [str(log), "permission denied"], **user)
        self.assertEqual(log.read_bytes(), b"")

    def test_the_file_is_no_file(self):
        for log in ["/dev/full", self.folder]:
            self.check(log, [str(log)])

    def test_the_log_cannot_grow(self):
        vault = self.full_vault()
        key_id, environment = vault.keys["ed25519"]["keyId"], {"KMS_LOG_FILE_NAME": ""}
        with open("/dev/full", "wb") as full:
            answer = vault.run("sign", key_id, environment=environment, stderr=full)
        self.assertEqual((answer.returncode, answer.stdout), (74, b""))

    def test_init_makes_no_vault(self):
        vault = self.new_vault()
        log = self.folder / "missing" / "kms.log"
        answer = vault.run("init", environment={"KMS_LOG_FILE_NAME": str(log)})
        self.assert_refused(answer, 74)
        self.assertFalse(vault.file.exists())

    def test_who_asked_for_it_goes_on_and_is_warned(self):
        vault = self.full_vault()
        override = "canton.participants.participant1.crypto.private-key-store.audit.on-failure=continue"
        environment = {"KMS_LOG_FILE_NAME": os.fspath(self.folder / "missing" / "kms.log")}
        answer = vault.ok("-C", override, "sign", vault.keys["ed25519"]["keyId"], environment=environment)
        self.assertEqual(len(answer.stdout), 64)
        self.assertIn("nodevault: warning: an audit line was not written", answer.errors)
