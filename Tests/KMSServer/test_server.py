"""The process: its life, its ports, TLS, connections, journal, and its pace under many clients at once."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import control
import faults
import protocol
from botocore.exceptions import BotoCoreError, SSLError
from kms_case import MODEL, KMSCase, allow, policy
from kms_server import KMSServer
from world import World

SERVER = Path(__file__).with_name("server.py")


class Life(unittest.TestCase):
    def start(self, stdin):
        process = subprocess.Popen(
            [sys.executable, SERVER, "--port", "0", "--https"], stdin=stdin, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(process.stdout.close)
        return process, json.loads(process.stdout.readline())

    def test_it_ends_with_its_standard_input(self):
        process, ready = self.start(subprocess.PIPE)
        self.assertTrue(Path(ready["ca"]).exists())
        process.stdin.close()
        self.assertEqual(process.wait(5), 0)
        self.assertFalse(Path(ready["ca"]).exists())

    def test_it_ends_on_sigterm(self):
        process, ready = self.start(subprocess.PIPE)
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)
        self.assertFalse(Path(ready["ca"]).parent.exists())
        process.stdin.close()

    def test_it_ends_at_once_without_standard_input(self):
        process, _ = self.start(subprocess.DEVNULL)
        self.assertEqual(process.wait(5), 0)

    def test_it_ends_though_a_request_hangs(self):
        server = KMSServer()
        server.fault("hang")
        client = server.client(read_timeout=5)
        self.addCleanup(client.close)
        waiting = threading.Thread(target=lambda: self.assertRaises(BotoCoreError, client.list_keys))
        waiting.start()
        time.sleep(0.2)
        self.assertEqual(server.stop(), 0)
        waiting.join(5)
        self.assertFalse(waiting.is_alive())


class Ports(KMSCase):
    options = ("--bad-certificates",)

    def test_plain_http_serves_the_same_keys(self):
        key = self.key()
        plain = self.server.client(endpoint=self.server.http)
        self.addCleanup(plain.close)
        self.assertEqual(plain.describe_key(KeyId=key)["KeyMetadata"]["Arn"], key)
        secure_only = [allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})]
        user = self.server.post("/users", name="node", policies=[policy(*secure_only)])
        self.client(user).list_keys()
        insecure = self.server.client(user, endpoint=self.server.http)
        self.addCleanup(insecure.close)
        self.refused("AccessDeniedException", insecure.list_keys)

    def test_certificates_that_must_not_be_trusted(self):
        for endpoint in (self.server.ready["expiredCertificate"], self.server.ready["foreignCertificate"]):
            client = self.server.client(endpoint=endpoint)
            self.addCleanup(client.close)
            with self.assertRaises(SSLError):
                client.list_keys()
        with KMSServer() as another, self.assertRaises(ssl.SSLCertVerificationError):
            context = ssl.create_default_context(cafile=another.ca)
            http.client.HTTPSConnection(self.server.https.removeprefix("https://"), context=context).connect()
        until = time.monotonic() + 5
        while self.server.counters()["connections"].get("failedHandshakes", 0) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        self.assertGreaterEqual(self.server.counters()["connections"]["failedHandshakes"], 2)

    def test_tls_versions_and_names(self):
        context = ssl.create_default_context(cafile=self.server.ca)
        for name in ("localhost", "127.0.0.1", "eu-west-1.localhost", "kms.us-east-1.amazonaws.com"):
            with socket.create_connection(("127.0.0.1", self.server.ready["httpsPort"])) as connection:
                with context.wrap_socket(connection, server_hostname=name) as secure:
                    self.assertIn(secure.version(), ("TLSv1.2", "TLSv1.3"))
        folder = Path(self.server.ca).parent
        for file in folder.glob("server-*.pem"):
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

    def test_connections_are_kept_alive_and_can_be_dropped(self):
        self.server.control("DELETE", "/requests")
        for _ in range(5):
            self.kms.list_keys()
        self.assertEqual(
            {line["connection"] for line in self.server.requests()}, {self.server.requests()[0]["connection"]}
        )
        self.assertEqual(self.server.counters()["connections"], {"https": 1})
        self.server.post("/connections/close")
        time.sleep(0.05)
        self.kms.list_keys()
        self.assertEqual(self.server.counters()["connections"], {"https": 2})

    def test_what_is_no_http_is_refused(self):
        for sent, status in (
            (b"hello\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"411"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", b"413"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        ):
            with socket.create_connection(("127.0.0.1", self.server.ready["httpPort"]), timeout=5) as connection:
                connection.sendall(sent)
                self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 " + status), sent)


class Journal(KMSCase):
    def test_a_line_for_each_request_without_secrets(self):
        key = self.key()
        self.server.control("DELETE", "/requests")
        secret = b"a plaintext that nobody may keep"
        blob = self.kms.encrypt(KeyId=key, Plaintext=secret, EncryptionContext={"a": "b"})["CiphertextBlob"]
        move = {"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "b"}, "DestinationKeyId": key}
        self.kms.re_encrypt(**move, DestinationEncryptionContext={"c": "d"})
        self.refused("InvalidCiphertextException", self.kms.decrypt, CiphertextBlob=blob)
        lines = self.server.requests()
        self.assertEqual([line["operation"] for line in lines], ["Encrypt", "ReEncrypt", "Decrypt"])
        self.assertEqual(lines[0]["encryptionContext"], {"a": "b"})
        self.assertEqual(lines[0]["keys"], {"KeyId": key})
        self.assertEqual(lines[1]["sourceEncryptionContext"], {"a": "b"})
        self.assertEqual(lines[1]["destinationEncryptionContext"], {"c": "d"})
        self.assertEqual(lines[1]["keys"], {"SourceKeyId": key, "DestinationKeyId": key})
        self.assertEqual([line["error"] for line in lines], [None, None, "InvalidCiphertextException"])
        self.assertEqual([line["status"] for line in lines], [200, 200, 400])
        self.assertEqual(self.server.requests(since=lines[1]["number"]), lines[2:])
        self.assertEqual(len(self.server.requests(operation="Encrypt")), 1)
        counters = self.server.counters()
        self.assertEqual((counters["requests"], counters["errors"]), (3, {"InvalidCiphertextException": 1}))
        self.assertNotIn(base64.b64encode(secret).decode()[:40], json.dumps(lines))
        self.assertNotIn(base64.b64encode(blob).decode()[40:80], json.dumps(lines))

    def test_many_clients_at_once(self):
        key = self.key()
        made = self.kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
        self.server.control("DELETE", "/requests")
        wrong = []

        def work():
            client = self.server.client(max_pool_connections=1)
            for _ in range(25):
                opened = client.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
                if opened["Plaintext"] != made["Plaintext"]:
                    wrong.append(opened)
            client.close()

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        counters = self.server.counters()
        self.assertEqual((counters["operations"], counters["connections"]), ({"Decrypt": 400}, {"https": 16}))
        self.assertEqual(counters["inFlight"], 0)


class Documentation(unittest.TestCase):
    """README.md lists what there is, no more and no less."""

    README = SERVER.with_name("README.md").read_text()

    def section(self, title):
        return self.README.partition(f"## {title}\n")[2].partition("\n## ")[0]

    def test_operations(self):
        listed = set(re.findall(r"[A-Z]\w+", self.section("Operations")))
        self.assertEqual(listed, set(protocol.OPERATIONS))
        self.assertLessEqual(listed, set(MODEL.operation_names))

    def test_faults(self):
        rows = [row.split("|") for row in self.section("Faults").splitlines() if row.startswith("| `")]
        documented = {
            kind: set(re.findall(r"`(\w+)`", row[2])) for row in rows for kind in re.findall(r"`([\w-]+)`", row[1])
        }
        for kind, (_, options) in faults.KINDS.items():
            self.assertIn(kind, documented)
            self.assertLessEqual(options - {"when", "retryAfter", "seconds"}, documented[kind], kind)

    def test_control_paths(self):
        table = self.section("Control")
        for method, path in control.Control(World("111122223333"), []).paths:
            self.assertIn(f"`{method} {path}`" if method == "POST" else path, table)


if __name__ == "__main__":
    unittest.main()
