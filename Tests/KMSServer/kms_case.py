"""What the server's own tests have in common: a server a class, refusals by code, and every answer held against the
service model."""

import json
import unittest

from botocore.exceptions import ClientError
from botocore.session import get_session
from kms_server import KMSServer

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
MODEL = get_session().get_service_model("kms")
_TYPES = {
    "string": lambda value: isinstance(value, str),
    "blob": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "timestamp": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}


def departures(shape, value, path=""):
    """Where a JSON value departs from a shape of the model: a member that it does not have, a type, an enum value, a
    bound."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{path} is no object"]
        unknown = [f"{path}.{name} is not in the model" for name in value if name not in shape.members]
        known = (name for name in value if name in shape.members)
        return unknown + [d for name in known for d in departures(shape.members[name], value[name], f"{path}.{name}")]
    if shape.type_name == "list":
        return [d for i, each in enumerate(value) for d in departures(shape.member, each, f"{path}[{i}]")]
    if not _TYPES[shape.type_name](value):
        return [f"{path} is {value!r}, not {shape.type_name}"]
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        return [f"{path} is {value!r}"]
    if shape.type_name == "string" and not shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get(
        "max", len(value)
    ):
        return [f"{path} is of length {len(value)}"]
    return []


class KMSCase(unittest.TestCase):
    """A class's tests share a server, which is as new for each test."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = KMSServer(*cls.options)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.server.reset()
        self.kms = self.client()

    def client(self, credentials=None, region="us-east-1", **config):
        """A client whose every answer is checked: 200 bodies by the output shape, errors by what the model says the
        operation throws."""
        client = self.server.client(credentials, region, **config)
        client.meta.events.register("before-parse.kms", self._check)
        self.addCleanup(client.close)
        return client

    def _check(self, operation_model, response_dict, customized_response_dict, **_):
        body, name = response_dict["body"], operation_model.name
        headers = response_dict["headers"]
        for header in ("x-amzn-RequestId", "Date", "Content-Type", "Content-Length"):
            self.assertIn(header, headers, name)
        if response_dict["status_code"] != 200:
            self.assertIn("__type", json.loads(body), name)
        elif operation_model.output_shape is None:
            self.assertEqual(body, b"", f"{name} is void")
        else:
            self.assertEqual(departures(operation_model.output_shape, json.loads(body), name), [])

    def refused(self, code, call, *arguments, message=None, status=400, **parameters):
        """The call must be refused with this code, by a KMS that offers this error for the operation if it models it at
        all."""
        with self.assertRaises(ClientError) as refusal:
            call(*arguments, **parameters)
        response = refusal.exception.response
        self.assertEqual(response["Error"]["Code"], code, response["Error"])
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], status)
        if message is not None:
            self.assertIn(message, response["Error"]["Message"])
        operation = MODEL.operation_model(refusal.exception.operation_name)
        if code in MODEL.shape_names and code not in ("InvalidArnException", "InvalidGrantTokenException"):
            self.assertIn(code, [shape.name for shape in operation.error_shapes], operation.name)
        return response["Error"]["Message"]

    def key(self, client=None, **parameters):
        """The ARN of a new key."""
        return (client or self.kms).create_key(**parameters)["KeyMetadata"]["Arn"]

    def user(self, *statements, name="node", account=ACCOUNT):
        """A client of a user whose one policy has these statements."""
        policies = [policy(*statements)] if statements else []
        return self.client(self.server.post("/users", name=name, policies=policies, account=account))


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources="*", **more):
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}
