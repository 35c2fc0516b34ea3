"""Examples/SigningNode, built and driven as its users would."""

import base64
import json
import os
import stat
import subprocess
import threading
import time
import unittest

from node import KMSServer, SigningNode, aws_configuration


class Driving:
    """What a node does, whichever the KMS; `make_node` starts one."""

    def setUp(self):
        self.node = self.make_node()
        self.addCleanup(self.node.remove)
        self.addCleanup(self.node.stop)
        self.client = self.node.client()
        self.addCleanup(self.client.close)

    def generate(self, scheme):
        answer = self.client.ask(f"GENERATE {scheme}")
        self.assertTrue(answer.startswith("OK 1220"), answer)
        return answer.removeprefix("OK ")

    def sign(self, key, message, client=None):
        answer = (client or self.client).ask(f"SIGN {key} {base64.b64encode(message).decode()}")
        self.assertTrue(answer.startswith("OK "), answer)
        return base64.b64decode(answer.removeprefix("OK "))

    def is_valid(self, key, message, signature):
        """OpenSSL's own command decides."""
        folder = self.node.folder
        for name, content in (
            ("message", message),
            ("signature", signature),
            ("public.pem", self.node.command("key", "public", key)),
        ):
            (folder / name).write_bytes(content)
        return (
            subprocess.run(
                [
                    "openssl",
                    "pkeyutl",
                    "-verify",
                    "-pubin",
                    "-inkey",
                    "public.pem",
                    "-rawin",
                    "-in",
                    "message",
                    "-sigfile",
                    "signature",
                ],
                cwd=folder,
                capture_output=True,
            ).returncode
            == 0
        )

    def test_a_generated_key_signs_what_openssl_verifies(self):
        for scheme in ("ed25519", "ec-p256", "ec-secp256k1"):
            key = self.generate(scheme)
            signature = self.sign(key, b"a message")
            self.assertTrue(self.is_valid(key, b"a message", signature), scheme)
            self.assertFalse(self.is_valid(key, b"another message", signature), scheme)

    def test_several_clients_are_answered_at_once_and_in_order(self):
        key = self.generate("ed25519")
        wrong = []

        def work(number):
            client = self.node.client()
            for count in range(50):
                message = b"%d %d" % (number, count)
                # Ed25519 is deterministic: the same message has the same signature.
                if self.sign(key, message, client) != self.sign(key, message, client):
                    wrong.append(message)
            client.close()

        threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_list_status_delete_and_purge(self):
        keys = {self.generate("ed25519") for _ in range(3)}
        self.assertEqual(set(self.client.ask("LIST").split()[1:]), keys)
        status = json.loads(self.client.ask("STATUS"))
        self.assertEqual(status["records"], 3)
        self.assertEqual(status["processAllocators"], "ours")
        gone = keys.pop()
        self.assertEqual(self.client.ask(f"DELETE {gone}"), "OK")
        self.assertTrue(self.client.ask(f"SIGN {gone} AA==").startswith("ERR key-not-found "))
        self.assertEqual(self.client.ask("PURGE"), "OK")
        self.assertEqual(len(self.sign(keys.pop(), b"")), 64)

    def test_a_key_that_the_command_deletes_is_gone_from_the_node(self):
        key = self.generate("ed25519")
        self.sign(key, b"x")
        self.node.command("key", "delete", key, "--yes")
        deadline = time.monotonic() + 10
        while not self.client.ask(f"SIGN {key} AA==").startswith("ERR key-not-found"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_what_is_no_request_is_an_error_and_the_connection_stays(self):
        for line in (
            "",
            "HELLO",
            "SIGN",
            "SIGN x",
            "SIGN x y z",
            "GENERATE rsa-1024",
            "SIGN 1220 AA==",
            "SIGN 1220 %%%",
        ):
            self.assertTrue(self.client.ask(line).startswith("ERR "), line)
        self.assertEqual(self.client.ask("LIST"), "OK")

    def test_only_the_nodes_user_may_connect(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.node.path).st_mode), 0o600)

    def test_what_is_no_socket_is_never_removed(self):
        vault = self.node.folder / "participant1.vault"
        for path in (vault, self.node.configuration, self.node.folder):
            refused = self.node.start_another(path)
            self.assertEqual(refused.returncode, 1, refused)
            self.assertIn("is no socket", refused.stderr)
        self.node.command("verify")

    def test_a_socket_that_a_killed_node_left_is_replaced(self):
        self.node.process.kill()
        self.node.process.wait()
        self.assertTrue(self.node.path.exists())
        self.node.restart()
        self.assertEqual(self.node.client().ask("LIST"), "OK")

    def test_sigterm_closes_the_vault(self):
        key = self.generate("ed25519")
        self.assertEqual(self.node.stop(), 0)
        self.assertFalse(self.node.path.exists())
        self.assertFalse((self.node.folder / "participant1.vault-wal").exists())
        self.assertIn(key, self.node.command("key", "list").decode())
        self.node.command("verify", "--deep")


class LocalKMSTests(Driving, unittest.TestCase):
    def make_node(self):
        return SigningNode()


class AWSKMSTests(Driving, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = KMSServer()
        cls.addClassCleanup(cls.server.stop)

    def make_node(self):
        keys = {
            "AWS_ACCESS_KEY_ID": self.server.ready["accessKeyId"],
            "AWS_CA_BUNDLE": self.server.ca,
            "AWS_SECRET_ACCESS_KEY": self.server.ready["secretAccessKey"],
        }
        return SigningNode(aws_configuration(self.server.https), keys)

    def test_a_kms_out_of_reach_stops_no_key_that_is_at_hand(self):
        key, other = self.generate("ed25519"), self.generate("ed25519")
        self.sign(key, b"before")
        self.server.post("/listening", on=False)
        try:
            self.assertEqual(len(self.sign(key, b"during")), 64)
            # The data key is at hand too, so that keys which were not used before open.
            self.assertEqual(len(self.sign(other, b"during")), 64)
            self.assertEqual(self.client.ask("PURGE"), "OK")
            answer = self.client.ask(f"SIGN {key} AA==")
            self.assertTrue(answer.startswith(("ERR kms-unavailable ", "ERR timed-out ")), answer)
        finally:
            self.server.post("/listening", on=True)
        self.assertEqual(len(self.sign(key, b"after")), 64)


if __name__ == "__main__":
    unittest.main()
