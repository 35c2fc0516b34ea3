"""Every attempt of a KMS call has its lines, under the call's own request id."""

from strict import StrictVaultTestCase
from test_audit import LINE
from vault import limited_file_size

SIZE = 16 << 20


class AttemptTests(StrictVaultTestCase):
    def calls(self):
        """The lines of each request, in order; each as one letter: sent, received, failed."""
        calls = {}
        for line in map(LINE.match, self.vault.log.read_text().splitlines()):
            for name in ["sent", "received", "failed"]:
                if line[name]:
                    calls.setdefault((line[name], line["trace"]), []).append((name[0], line))
        return list(calls.values())

    def test_each_attempt_is_logged_under_one_request_id(self):
        for kind, code, status in [("throttle", "throttled", 400), ("503", "kms-unavailable", 503)]:
            with self.subTest(kind):
                self.server.clear_faults()
                self.server.fault(kind, operation="Decrypt", times=2)
                before = len(self.server.requests(operation="Decrypt"))
                self.vault.ok("sign", self.key_id, input=b"a message")
                first, second = self.calls()
                self.vault.log.unlink()
                self.assertEqual("".join(name for name, _ in first), "sfsfsr")
                self.assertEqual("".join(name for name, _ in second), "sr")
                self.assertEqual(len(self.server.requests(operation="Decrypt")) - before, 4)
                sent = {line["asked"] + line["uri"] for name, line in first if name == "s"}
                self.assertEqual(len(sent), 1)
                for name, line in first:
                    self.assertEqual(line["level"], "WARN " if name == "f" else "INFO ")
                    if name == "f":
                        self.assertIn("Operation: Decrypt, KeyId: arn:aws:kms:", line["failure"])
                        self.assertIn(f"Code: {code}, Service: Kms, Status Code: {status}", line["failure"])

    def test_a_clock_that_is_wrong_is_an_attempt_too(self):
        self.server.post("/clock", offset=3600)
        self.vault.ok("sign", self.key_id, input=b"a message")
        self.assertEqual("".join(name for name, _ in self.calls()[0]), "sfsr")

    def test_the_last_attempt_is_told_once(self):
        override = "canton.participants.participant1.crypto.kms.retries.failures.max-retries=2"
        self.server.fault("throttle", operation="Decrypt")
        self.assert_refused(self.vault.run("-C", override, "sign", self.key_id, input=b"a message"), 69)
        (call,) = self.calls()
        self.assertEqual("".join(name for name, _ in call), "sfsfsf")

    def test_without_its_lines_a_call_is_not_tried_again(self):
        self.vault.ok("sign", self.key_id, input=b"a message")
        first = len(self.vault.log.read_text().splitlines(keepends=True)[0])
        with open(self.vault.log, "wb") as log:
            log.truncate(SIZE)
        self.server.fault("throttle", operation="Decrypt")
        before = len(self.server.requests(operation="Decrypt"))
        # The thread's number may have a digit more; the next line is far longer than that.
        limit = limited_file_size(SIZE + first + 8)
        answer = self.vault.run("sign", self.key_id, input=b"a message", preexec_fn=limit)
        self.assert_refused(answer, 74, mentions=["kms.log", "throttled"])
        self.assertEqual(len(self.server.requests(operation="Decrypt")) - before, 1)
