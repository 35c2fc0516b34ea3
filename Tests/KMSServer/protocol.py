"""A KMS request from HTTP to operation and back.

Sources: Smithy, "AWS JSON 1.1 protocol"; AWS KMS API Reference, "Making API requests"; AWS General Reference, "AWS KMS
endpoints and quotas" (host names). Void operations answer an empty body.
"""

import json
import re
import sys
import traceback
import uuid

import administration
import aliases
import creation
import cryptographic
import policies
import signature
import tags
from call import Call
from errors import KMSError, internal_error
from message import Answer

OPERATIONS = {
    **administration.OPERATIONS,
    **aliases.OPERATIONS,
    **creation.OPERATIONS,
    **cryptographic.OPERATIONS,
    **policies.OPERATIONS,
    **tags.OPERATIONS,
}
_TARGET = "TrentService."
_HOST = re.compile(
    r"(?:kms(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)|([a-z0-9-]+)\.localhost)(?::\d+)?", re.IGNORECASE
)


def operation_of(request):
    """The operation that a request asks for, None where it asks for none of this service."""
    target = request.header("x-amz-target") or ""
    return target[len(_TARGET) :] if target.startswith(_TARGET) else None


def region_of(request):
    """The region that the request's host name says, None for `localhost` and addresses."""
    found = _HOST.fullmatch(request.header("host"))
    return (found.group(1) or found.group(2)) if found else None


class Protocol:
    """Serves requests on a world of keys and identities."""

    def __init__(self, world):
        self._world = world

    def identify(self, request, line, region):
        """Verifies the signature and says in the journal's line who asks for what. Answers the verified caller or the
        refusal."""
        line["operation"] = operation_of(request)
        line["region"] = region or region_of(request)
        found = re.search(r"Credential=([^/,\s]+)", request.header("authorization") or "")
        line["accessKeyId"] = found.group(1) if found else None
        world = self._world
        try:
            verified = signature.verify(request, world.identities.access_keys, world.clock.moment(), line["region"])
        except KMSError as error:
            line["signatureError"] = error.code
            return error
        line.update(signatureValid=True, region=verified.region, caller=verified.caller.arn)
        return verified

    def answer(self, request, line, identified, secure):
        """The true answer to a request: the operation's result or the refusal."""
        try:
            result = self._result(request, line, identified, secure)
        except KMSError as error:
            line["error"] = error.code
            return self._made(error.status, error.body())
        except Exception:
            traceback.print_exc(file=sys.stderr)
            error = internal_error()
            line["error"] = error.code
            return self._made(error.status, error.body())
        return self._made(200, b"" if result is None else json.dumps(result, separators=(",", ":")).encode())

    def _result(self, request, line, identified, secure):
        if request.method != "POST" or request.target != "/":
            raise KMSError("UnknownOperationException", status=404)
        operation = line["operation"]
        kind = (request.header("content-type") or "").partition(";")[0].strip()
        if operation is None or kind != "application/x-amz-json-1.1":
            raise KMSError("UnknownOperationException", status=404)
        if isinstance(identified, KMSError):
            raise identified
        if operation not in OPERATIONS:
            raise KMSError("UnknownOperationException")
        parameters, line["unknownMembers"] = self._world.shapes.parsed(operation, request.body)
        line["keyId"] = parameters.get("KeyId") or parameters.get("DestinationKeyId") or parameters.get("TargetKeyId")
        line["dryRun"] = parameters.get("DryRun", False)
        for name in ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext"):
            if name in parameters:
                line["encryptionContext" if name == "EncryptionContext" else name[0].lower() + name[1:]] = parameters[
                    name
                ]
        call = Call(self._world, operation, parameters, identified.caller, identified.region, secure, line)
        return OPERATIONS[operation](call)

    def finished(self, answer, line, date_skew=0.0):
        """Adds the headers that every answer of KMS carries."""
        line["requestId"] = str(uuid.uuid4())
        line["status"] = answer.status
        common = [
            ("x-amzn-RequestId", line["requestId"]),
            ("Cache-Control", "no-cache, no-store, must-revalidate, private"),
            ("Expires", "0"),
            ("Pragma", "no-cache"),
            ("Date", self._world.clock.http_date(date_skew)),
        ]
        answer.headers = common + answer.headers
        return answer

    def _made(self, status, body):
        return Answer(status, [("Content-Type", "application/x-amz-json-1.1")], body)
