"""AWS KMS behind a proxy: it is used where the environment names it, and told from the KMS where it is at fault."""

import time

import aws
from proxy import Proxy
from strict import StrictVaultTestCase

MESSAGE = b"a message"


class ProxyTests(StrictVaultTestCase):
    def setUp(self):
        super().setUp()
        self.proxy = Proxy()
        self.addCleanup(self.proxy.close)

    def sign(self, **variables):
        environment = {"https_proxy": self.proxy.url} | variables
        return self.vault.run("--format", "json", "sign", self.key_id, input=MESSAGE, environment=environment)

    def test_calls_go_through_the_proxy_that_the_environment_names(self):
        self.assertEqual(self.sign().returncode, 0)
        self.assertEqual(self.proxy.asked, [self.server.https.removeprefix("https://").rstrip("/")])

    def test_a_host_that_no_proxy_names_is_asked_directly(self):
        self.assertEqual(self.sign(no_proxy="localhost").returncode, 0)
        self.assertEqual(self.proxy.asked, [])

    def test_a_proxy_that_refuses_is_named_with_its_status_and_asked_once(self):
        for status, advice in [(407, "name and password in https_proxy"), (403, "that the proxy allows it")]:
            with self.subTest(status):
                self.proxy.asked.clear()
                self.proxy.answer = status
                answer = self.sign()
                self.assert_refused_as_json(answer, 69, "kms-unavailable", [f"HTTP status {status}", advice])
                self.assertEqual(len(self.proxy.asked), 1)

    def test_a_proxy_that_is_out_of_order_is_asked_again(self):
        self.proxy.answer = 502
        self.assert_refused_as_json(self.sign(), 69, "kms-unavailable", ["HTTP status 502"])
        self.assertGreater(len(self.proxy.asked), 1)

    def test_a_proxy_that_says_nothing_ends_as_no_connection(self):
        self.proxy.answer = 0
        self.assert_refused_as_json(self.sign(), 69, "timed-out", ["no connection to", "check the network, the proxy"])

    def test_no_key_can_have_been_made_where_the_proxy_lets_nothing_through(self):
        for status in [0, 407, 502]:
            with self.subTest(status):
                self.proxy.answer = status
                folder = self.folder / f"fresh{status}"
                folder.mkdir()
                vault = aws.strict_vault(folder, https_proxy=self.proxy.url)
                begun = time.monotonic()
                answer = vault.run("init")
                self.assertEqual(answer.returncode, 69, answer)
                self.assertNotIn("may have been made", answer.errors)
                self.assertLess(time.monotonic() - begun, 30)
