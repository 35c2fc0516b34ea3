"""Every fault, as boto3 sees it: what happens, how often, and to whom; and that the server is sound again
afterwards."""

import base64
import json
import socket
import threading
import time
import unittest
from unittest import mock

from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from kms_case import KMSCase, allow, policy

BROKEN = (ConnectionClosedError, EndpointConnectionError, HTTPClientError, BotoCoreError)


class Faults(KMSCase):
    def setUp(self):
        super().setUp()
        self.arn = self.key()
        self.blob = self.kms.encrypt(KeyId=self.arn, Plaintext=b"x" * 32)["CiphertextBlob"]
        self.kms = self.faulty(read_timeout=0.6)

    def faulty(self, **config):
        """A client whose answers are not held against the model: a fault may break every rule."""
        client = self.server.client(**config)
        self.addCleanup(client.close)
        return client

    def decrypt(self, client=None):
        return (client or self.kms).decrypt(CiphertextBlob=self.blob)

    def befalls(self, error, kind, /, **options):
        """The fault befalls one Decrypt and no more; answers the error."""
        self.server.fault(kind, operation="Decrypt", times=1, **options)
        self.kms.list_keys()
        with self.assertRaises(error) as raised:
            self.decrypt()
        self.assertEqual(self.server.requests(operation="Decrypt")[-1]["fault"], kind)
        self.assertEqual(self.decrypt()["Plaintext"], b"x" * 32)
        return raised.exception

    def refusal(self, code, status, kind, /, **options):
        response = self.befalls(self.kms.exceptions.ClientError, kind, **options).response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
        return response["ResponseMetadata"]["HTTPHeaders"]

    def test_throttling_with_and_without_a_time_to_wait(self):
        self.assertNotIn("retry-after", self.refusal("ThrottlingException", 400, "throttle"))
        self.assertEqual(self.refusal("ThrottlingException", 400, "throttle", retryAfter=3)["retry-after"], "3")
        self.assertEqual(
            self.refusal("ThrottlingException", 400, "throttle", xAmzRetryAfter=1500)["x-amz-retry-after"], "1500"
        )
        self.refusal("TooManyRequestsException", 429, "throttle", code="TooManyRequestsException", status=429)

    def test_faults_of_the_service(self):
        self.refusal("KMSInternalException", 500, "500")
        self.refusal("ServiceUnavailableException", 503, "503")
        self.refusal("DependencyTimeoutException", 503, "error", code="DependencyTimeoutException", status=503)
        self.refusal("ExpiredTokenException", 400, "expired-token")
        self.refusal("NotFoundException", 400, "error", code="NotFoundException", status=400)

    def test_every_spelling_of_an_errors_type(self):
        """boto3 knows `__type` alone, and makes the status the code of the others; they are looked at as they come."""
        code = "ThrottlingException"
        for spelling in ("__type", "namespaced", "namespaced-with-uri"):
            with self.subTest(spelling=spelling):
                self.refusal(code, 400, "error", code=code, status=400, spelling=spelling)
        bodies = []
        self.kms.meta.events.register(
            "before-parse.kms", lambda response_dict, **_: bodies.append(json.loads(response_dict["body"]))
        )
        for spelling in ("code", "Code"):
            self.refusal("400", 400, "error", code=code, status=400, spelling=spelling)
            self.assertEqual(bodies[-2][spelling], code)
        for spelling in ("header", "header-with-uri"):
            headers = self.refusal("400", 400, "error", code=code, status=400, spelling=spelling)
            self.assertEqual(headers["x-amzn-errortype"].partition(":")[0], code)
        self.refusal("500", 500, "error", spelling="none")

    def test_broken_connections(self):
        for kind in ("reset", "close"):
            for when in ("before", "headers", "body"):
                with self.subTest(kind=kind, when=when):
                    if when == "headers":
                        self.cut_within_headers(kind)
                    else:
                        self.befalls(BROKEN, kind, when=when)
                    carried_out = self.server.requests(operation="Decrypt")[-2]["status"] == 200
                    self.assertEqual(carried_out, when != "before")
        self.befalls(BROKEN, "truncate")
        self.befalls(BROKEN, "truncate", bytes=0)

    def cut_within_headers(self, kind):
        """Python's http.client takes headers that break off for whole ones, so that boto3 sees a success without
        members."""
        self.server.fault(kind, when="headers", operation="Decrypt", times=1)
        try:
            self.assertEqual(set(self.decrypt()), {"ResponseMetadata"})
        except BROKEN:
            pass
        self.decrypt()

    def test_an_operation_can_be_carried_out_though_its_answer_is_lost(self):
        before = len(self.kms.list_keys()["Keys"])
        for executes in (True, False):
            self.server.fault("reset", operation="CreateKey", times=1, executes=executes)
            with self.assertRaises(BROKEN):
                self.kms.create_key()
        self.assertEqual(len(self.kms.list_keys()["Keys"]), before + 1)

    def test_slowness(self):
        self.befalls(ReadTimeoutError, "hang")
        self.befalls(ReadTimeoutError, "hang", executes=True, when="body")
        self.befalls(BROKEN, "hang", seconds=0.1)
        self.server.fault("drip", operation="Decrypt", times=1, chunk=60, interval=20)
        started = time.monotonic()
        self.assertEqual(self.decrypt()["Plaintext"], b"x" * 32)
        self.assertGreater(time.monotonic() - started, 0.15)
        self.server.fault("latency", operation="Decrypt", milliseconds=150, times=1)
        started = time.monotonic()
        self.decrypt()
        self.assertGreater(time.monotonic() - started, 0.15)
        self.server.post("/latency", milliseconds=50)
        started = time.monotonic()
        for _ in range(4):
            self.decrypt()
        self.assertGreater(time.monotonic() - started, 0.2)

    def test_a_cleared_fault_lets_go_what_hangs(self):
        fault = self.server.fault("hang")
        patient = self.faulty(read_timeout=5)
        threading.Timer(0.3, lambda: self.server.control("DELETE", "/faults", {"id": fault["id"]})).start()
        with self.assertRaises(BROKEN):
            self.decrypt(patient)
        self.decrypt(patient)

    def test_answers_that_are_no_answers(self):
        for kind, options in (
            ("garbage", {}),
            ("html", {}),
            ("huge", {"bytes": 1 << 20}),
            ("huge", {"bytes": 1 << 20, "chunked": True}),
        ):
            self.server.fault(kind, times=1, **options)
            self.assertNotIn("Plaintext", self.decrypt(), "boto3 takes what is no JSON for an answer without members")
        self.befalls(self.kms.exceptions.ClientError, "redirect")
        self.befalls(
            (*BROKEN, ResponseParserError), "raw", base64=base64.b64encode(b"SSH-2.0-OpenSSH_9.2\r\n").decode()
        )
        self.befalls((*BROKEN, ResponseParserError), "conflicting-lengths")
        self.server.fault("conflicting-lengths", mode="length-and-chunked", times=1)
        self.decrypt()

    def test_answers_that_lie(self):
        self.server.fault("wrong-key-id", times=1)
        self.assertNotEqual(self.decrypt()["KeyId"], self.arn)
        self.server.fault("wrong-key-id", times=1, keyId="arn:aws:kms:eu-west-1:999999999999:key/x")
        self.assertEqual(self.decrypt()["KeyId"], "arn:aws:kms:eu-west-1:999999999999:key/x")
        self.server.fault("wrong-plaintext", times=1)
        self.assertEqual(len(self.decrypt()["Plaintext"]), 31)
        self.server.fault("wrong-plaintext", times=1, bytes=64)
        self.assertEqual(len(self.decrypt()["Plaintext"]), 64)
        self.server.fault("missing", times=1, members=["Plaintext"])
        answer = self.decrypt()
        self.assertNotIn("Plaintext", answer)
        self.assertIn("KeyId", answer)
        self.server.fault("missing", times=1)
        self.assertEqual(set(self.decrypt()), {"ResponseMetadata"})
        self.server.fault("set", times=1, members={"KeyMaterialId": "f" * 64, "Unknown": {"a": [1]}})
        self.assertEqual(self.decrypt()["KeyMaterialId"], "f" * 64)
        self.server.fault("skewed-date", seconds=7200, times=1)
        dates = [self.decrypt()["ResponseMetadata"]["HTTPHeaders"]["date"] for _ in range(2)]
        self.assertNotEqual(dates[0][:19], dates[1][:19])

    def test_whom_a_fault_befalls(self):
        self.server.fault("500", operation="Decrypt", skip=1, times=2)
        outcomes = []
        for _ in range(5):
            try:
                self.decrypt()
                outcomes.append("ok")
            except self.kms.exceptions.ClientError:
                outcomes.append("500")
        self.assertEqual(outcomes, ["ok", "500", "500", "ok", "ok"])
        user = self.server.post("/users", name="node", policies=[policy(allow("*"))])
        self.server.fault("500", accessKeyId=user["accessKeyId"])
        self.decrypt()
        self.refused("KMSInternalException", self.client(user).list_keys, status=500)
        self.server.clear_faults()
        self.client(user).list_keys()
        self.server.fault("503", region="eu-west-1")
        self.decrypt()
        self.refused("ServiceUnavailableException", self.client(region="eu-west-1").list_keys, status=503)
        self.server.clear_faults()
        first = self.server.fault("500", operation="Decrypt")
        self.server.control("DELETE", "/faults", {"id": first["id"]})
        self.decrypt()

    def test_a_misspelt_fault_is_refused(self):
        for order in (
            {"kind": "throtle"},
            {"kind": "throttle", "retryafter": 1},
            {"kind": "error", "spelling": "type"},
        ):
            with self.assertRaises(ValueError):
                self.server.control("POST", "/faults", order)

    def test_an_outage_and_its_end(self):
        port = self.server.ready["httpsPort"]
        self.server.post("/listening", on=False)
        with self.assertRaises(BROKEN):
            self.decrypt()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=2)
        self.server.post("/listening", on=True)
        self.assertEqual(self.decrypt()["Plaintext"], b"x" * 32)

    def test_boto3_itself_gets_over_what_can_be_got_over(self):
        persistent = self.faulty(retries={"mode": "standard", "total_max_attempts": 3})
        without_backoff = mock.patch("botocore.endpoint.time.sleep")
        without_backoff.start()
        self.addCleanup(without_backoff.stop)
        for kind, options in (("throttle", {}), ("500", {}), ("503", {}), ("reset", {}), ("truncate", {})):
            self.server.fault(kind, operation="Decrypt", times=2, **options)
            self.assertEqual(self.decrypt(persistent)["ResponseMetadata"]["RetryAttempts"], 2)
        lines = self.server.requests(operation="Decrypt")[-3:]
        self.assertEqual(len({line["invocation"] for line in lines}), 1)
        self.assertEqual([line["status"] for line in lines], [200, 200, 200])


if __name__ == "__main__":
    unittest.main()
