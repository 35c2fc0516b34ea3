"""Nothing leaves the machine unencrypted unless that was said in so many words."""

import aws
from strict import StrictServerTestCase

KEY_ARN = r"^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]{36}$"


class ExposureTests(StrictServerTestCase):
    PERMISSION = "canton.parameters.non-standard-config = yes"

    def configured(self, endpoint, *lines, **variables):
        vault = aws.strict_vault(self.folder)
        vault.configure(endpoint)
        vault.configuration.write_text("\n".join([vault.configuration.read_text(), *lines]))
        vault.variables |= variables
        return vault

    def test_an_endpoint_without_tls_that_is_not_on_this_machine_is_refused(self):
        vault = self.configured("http://kms.example.com")
        self.assert_refused(vault.run("init"), 78, ["endpoint-override is not encrypted", "https"])
        vault = self.configured("https://kms.example.com", AWS_ENDPOINT_URL_KMS="http://kms.example.com")
        self.assert_refused(vault.run("init"), 78, ["AWS_ENDPOINT_URL_KMS is not encrypted"])

    def test_with_permission_it_is_taken_with_a_warning(self):
        vault = self.configured("http://kms.nowhere.invalid", self.PERMISSION)
        answer = vault.run("init")
        self.assertEqual(answer.returncode, 69, answer)
        self.assertIn("nodevault: warning: kms.endpoint-override is not encrypted", answer.errors)

    def test_on_this_machine_it_is_taken(self):
        self.assertRegex(self.configured(self.server.http).init()["wrapperKey"], KEY_ARN)

    def test_an_unverified_certificate_is_taken_with_permission_and_a_warning(self):
        disabled = "canton.participants.participant1.crypto.kms.disable-ssl-verification = true"
        vault = self.configured(self.server.ready["expiredCertificate"], disabled, AWS_CA_BUNDLE=None)
        self.assert_refused(vault.run("init"), 78, ["non-standard-config"])
        vault = self.configured(self.server.ready["expiredCertificate"], disabled, self.PERMISSION, AWS_CA_BUNDLE=None)
        answer = vault.ok("init")
        self.assertIn("nodevault: warning: kms.disable-ssl-verification is on", answer.errors)
