"""Signature Version 4, clocks and tokens: boto3's own signer is accepted, every departure from it is refused."""

import datetime
import http.client
import json
import ssl
import unittest
from unittest import mock

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from kms_case import ACCOUNT, KMSCase, allow, policy

MISMATCH = "The request signature we calculated does not match"


class Clocks(KMSCase):
    def test_a_clock_over_five_minutes_off_is_refused_either_way(self):
        for offset in (-290, 290):
            self.server.post("/clock", offset=offset)
            self.kms.list_keys()
        stamp = r"\d{8}T\d{6}Z"
        for offset, form in (
            (310, rf"Signature expired: {stamp} is now earlier than {stamp} \({stamp} - 5 min\.\)"),
            (-310, rf"Signature not yet current: {stamp} is still later than {stamp} \({stamp} \+ 5 min\.\)"),
        ):
            self.server.post("/clock", offset=offset)
            self.assertRegex(self.refused("InvalidSignatureException", self.kms.list_keys), f"^{form}$")

    def test_the_date_header_lets_a_client_correct_itself(self):
        self.server.post("/clock", offset=3600)
        with self.assertRaises(self.kms.exceptions.ClientError) as refusal:
            self.kms.list_keys()
        date = refusal.exception.response["ResponseMetadata"]["HTTPHeaders"]["date"]
        told = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.UTC)
        skew = told - datetime.datetime.now(datetime.UTC)
        self.assertAlmostEqual(skew.total_seconds(), 3600, delta=5)
        true_now = botocore.auth.get_current_datetime
        with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: true_now(*a, **k) + skew):
            self.kms.list_keys()


class Tokens(KMSCase):
    def test_temporary_credentials_need_their_token_and_expire(self):
        user = self.server.post("/users", name="node", policies=[policy(allow("kms:*"))])
        session = self.server.post("/session-tokens", accessKeyId=user["accessKeyId"], expiresIn=60)
        self.assertTrue(session["accessKeyId"].startswith("ASIA"))
        self.key(self.client(session))
        for token in (None, session["sessionToken"][:-1] + "!"):
            self.refused("UnrecognizedClientException", self.client({**session, "sessionToken": token}).list_keys)
        stolen = {**user, "sessionToken": session["sessionToken"]}
        self.refused("UnrecognizedClientException", self.client(stolen).list_keys)
        expired = self.server.post("/session-tokens", accessKeyId=user["accessKeyId"], expiresIn=-1)
        message = self.refused("ExpiredTokenException", self.client(expired).list_keys)
        self.assertEqual(message, "The security token included in the request is expired")
        self.server.post("/clock", offset=120)
        self.refused("ExpiredTokenException", self.client(session).list_keys)
        self.client(user).list_keys()

    def test_unknown_and_withdrawn_access_keys(self):
        user = self.server.post("/users", name="node", policies=[policy(allow("kms:*"))])
        second = self.server.post("/access-keys", of=user["accessKeyId"], accessKeyId="AKIAIOSFODNN7EXAMPLE")
        self.client(second).list_keys()
        unknown = {**user, "accessKeyId": "AKIAAAAAAAAAAAAAAAAA"}
        message = self.refused("UnrecognizedClientException", self.client(unknown).list_keys)
        self.assertEqual(message, "The security token included in the request is invalid.")
        wrong = {**user, "secretAccessKey": second["secretAccessKey"]}
        self.refused("InvalidSignatureException", self.client(wrong).list_keys, message=MISMATCH)
        self.server.control("DELETE", "/access-keys", {"accessKeyId": user["accessKeyId"]})
        self.refused("UnrecognizedClientException", self.client(user).list_keys)


class RawRequests(KMSCase):
    """Requests signed by botocore and changed afterwards, so that only the change can be what is refused."""

    options = ("--region", "eu-west-1")

    def send(
        self,
        change=lambda request: None,
        body=b"{}",
        operation="ListKeys",
        region="us-east-1",
        service="kms",
        url=None,
        **more,
    ):
        """Signs a request, lets `change` alter it, sends it; answers (status, headers, body)."""
        ready = self.server.ready
        url = url or ready["https"]
        headers = {"X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1", **more}
        request = AWSRequest("POST", url + "/", data=body, headers=headers)
        SigV4Auth(Credentials(ready["accessKeyId"], ready["secretAccessKey"]), service, region).add_auth(request)
        request.path = "/"
        change(request)
        context = ssl.create_default_context(cafile=self.server.ca)
        connection = http.client.HTTPSConnection(url.removeprefix("https://"), context=context, timeout=5)
        try:
            connection.request(request.method, request.path, request.data, dict(request.headers.items()))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def refusal(self, code, change=lambda request: None, message="", status=400, **more):
        got, _, body = self.send(change, **more)
        document = json.loads(body)
        self.assertEqual((got, document["__type"]), (status, code), document)
        self.assertIn(message, document.get("message", ""))

    def edit(self, old, new):
        def change(request):
            value = request.headers["Authorization"].replace(old, new)
            del request.headers["Authorization"]
            request.headers["Authorization"] = value

        return change

    def test_what_botocore_signs_is_accepted(self):
        for more in ({}, {"X-Amz-Spaces": "a   b  c"}, {"X-Amz-Meta": "é".encode().decode("latin-1")}):
            status, headers, _ = self.send(**more)
            self.assertEqual(status, 200)
            self.assertRegex(headers["x-amzn-RequestId"], "^[0-9a-f-]{36}$")

    def test_every_part_of_a_request_is_signed(self):
        def header(name, value):
            def change(request):
                del request.headers[name]
                request.headers[name] = value

            return change

        def with_data(request):
            request.data = b'{"Limit":1}'

        def with_path(request):
            request.path = "/?a=b"

        for change in (
            with_data,
            with_path,
            header("X-Amz-Target", "TrentService.ListAliases"),
            header("Host", "example.com"),
            self.edit("Signature=", "Signature=0"),
            self.edit("a", "b"),
        ):
            status, _, body = self.send(change)
            self.assertIn(status, (400, 404))
            self.assertNotIn(b"Keys", body)
            line = self.server.requests()[-1]
            self.assertFalse(line["signatureValid"])
        self.refusal("InvalidSignatureException", with_data, MISMATCH)

    def test_unsigned_amz_headers_and_a_missing_host_are_refused(self):
        def unsigned(request):
            request.headers["X-Amz-Extra"] = "1"

        self.refusal("InvalidSignatureException", unsigned, "not signed: x-amz-extra")
        self.refusal("InvalidSignatureException", self.edit("host;", ""), "must be a 'SignedHeader'")
        self.refusal("InvalidSignatureException", self.edit("host;x-amz-date", "x-amz-date;host"), "sorted")

        def unsent(request):
            del request.headers["X-Amz-Date"]

        self.refusal("IncompleteSignatureException", unsent)
        self.refusal("InvalidSignatureException", self.edit("host;", "expect;host;"), "not in the request")

    def test_scopes(self):
        self.refusal("InvalidSignatureException", service="s3", message="correct service: 'kms'")
        self.refusal("InvalidSignatureException", region="nowhere", message="valid region")
        self.refusal(
            "InvalidSignatureException", self.edit("aws4_request", "aws5_request"), "valid terminator: 'aws4_request'"
        )
        today = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d")
        self.refusal(
            "InvalidSignatureException",
            self.edit(f"/{today}/", "/20200101/"),
            "Date in Credential scope does not match",
        )
        there = self.server.ready["regions"]["eu-west-1"]
        self.assertEqual(self.send(url=there, region="eu-west-1")[0], 200)
        self.refusal(
            "InvalidSignatureException",
            url=there,
            region="us-east-1",
            message="Credential should be scoped to a valid region.",
        )
        named = {"Host": "kms.us-west-2.amazonaws.com"}
        self.assertEqual(self.send(region="us-west-2", **named)[0], 200)
        self.refusal("InvalidSignatureException", message="valid region", **named)

    def test_incomplete_authorizations(self):
        def without(request):
            del request.headers["Authorization"]

        self.refusal("MissingAuthenticationTokenException", without)
        self.refusal("IncompleteSignatureException", self.edit("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"))
        self.refusal("IncompleteSignatureException", self.edit("Signature=", "Sig="), "requires 'Signature' parameter")
        self.refusal("IncompleteSignatureException", self.edit("/kms/", "/"), "5 slash-delimited elements")

    def test_what_is_no_request_of_this_service(self):
        def as_get(request):
            request.method = "GET"

        self.refusal("UnknownOperationException", as_get, status=404)
        self.refusal("UnknownOperationException", status=404, **{"Content-Type": "application/json"})
        self.refusal("UnknownOperationException", operation="MakeCoffee")
        self.refusal("SerializationException", body=b"{", operation="DescribeKey")
        self.refusal("SerializationException", body=b"[]", operation="DescribeKey")
        self.refusal("SerializationException", body=b'{"KeyId":["x"]}', operation="DescribeKey")
        self.refusal("SerializationException", body=b'{"CiphertextBlob":"*"}', operation="Decrypt")
        self.refusal("ValidationException", body=b"{}", operation="DescribeKey", message="Value null at 'keyId' failed")
        self.refusal(
            "ValidationException", body=b"{}", operation="Decrypt", message="Value null at 'ciphertextBlob' failed"
        )

    def test_unknown_members_are_ignored_and_noted(self):
        self.assertEqual(self.send(body=b'{"Limit":1,"Colour":"red"}')[0], 200)
        self.assertEqual(self.server.requests()[-1]["unknownMembers"], ["Colour"])

    def test_void_operations_answer_nothing(self):
        key = self.key()
        status, headers, body = self.send(body=json.dumps({"KeyId": key}).encode(), operation="DisableKey")
        self.assertEqual((status, body, headers["Content-Length"]), (200, b"", "0"))

    def test_the_account_in_the_journal(self):
        self.send()
        line = self.server.requests()[-1]
        self.assertEqual(
            (line["caller"], line["signatureValid"], line["operation"]),
            (f"arn:aws:iam::{ACCOUNT}:root", True, "ListKeys"),
        )


if __name__ == "__main__":
    unittest.main()
