"""Faults on command: which requests they befall, and what is answered instead.

A fault is armed through the control endpoint as a JSON object: `kind`, which requests (`operation`, `times`, `skip`),
and options of the kind. `README.md` lists them. Whether the operation is carried out before the answer is spoilt
matters for what a client may repeat: `executes` says it for each kind, and a fault may say otherwise.
"""

import base64
import itertools
import json
import threading
import uuid

import errors
from message import Answer

_ANY = {
    "kind",
    "operation",
    "times",
    "skip",
    "accessKeyId",
    "region",
    "executes",
    "latency",
    "dateSkew",
    "headers",
    "id",
}
# Kind: (whether the operation is carried out, options).
KINDS = {
    "throttle": (False, {"code", "status", "retryAfter", "xAmzRetryAfter"}),
    "error": (False, {"code", "message", "status", "spelling"}),
    "500": (False, set()),
    "503": (False, {"retryAfter"}),
    "expired-token": (False, set()),
    "reset": (True, {"when"}),
    "close": (True, {"when"}),
    "truncate": (True, {"bytes"}),
    "drip": (True, {"interval", "chunk"}),
    "hang": (False, {"seconds", "when"}),
    "garbage": (False, {"body"}),
    "html": (False, {"status"}),
    "huge": (False, {"bytes", "chunked"}),
    "conflicting-lengths": (True, {"mode"}),
    "redirect": (False, {"status", "location"}),
    "raw": (False, {"base64"}),
    "wrong-key-id": (True, {"keyId", "member"}),
    "wrong-plaintext": (True, {"bytes"}),
    "missing": (True, {"members"}),
    "set": (True, {"members"}),
    "skewed-date": (True, {"seconds"}),
    "latency": (True, {"milliseconds"}),
}


class Fault:
    """An armed fault. Raises ValueError for an unknown kind or option: a misspelt fault must not let a test pass."""

    _ids = itertools.count(1)

    def __init__(self, order):
        kind = order.get("kind")
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known are {', '.join(sorted(KINDS))}")
        executes, options = KINDS[kind]
        unknown = set(order) - _ANY - options
        if unknown:
            raise ValueError(f"unknown option {', '.join(sorted(unknown))} of fault {kind}")
        self.id = next(self._ids)
        self.kind, self.options = kind, order
        self.operation = order.get("operation", "*")
        self.left = order.get("times")
        self.skip = order.get("skip", 0)
        self.executes = order.get("executes", executes and order.get("when") != "before")
        self.befell = 0
        self.cleared = threading.Event()

    def get(self, name, default=None):
        return self.options.get(name, default)

    def befalls(self, operation, line):
        return (
            self.operation in ("*", operation)
            and self.left != 0
            and self.get("accessKeyId") in (None, line["accessKeyId"])
            and self.get("region") in (None, line["region"])
        )

    def described(self):
        return {**self.options, "id": self.id, "left": self.left, "befell": self.befell}

    @property
    def latency(self):
        return (self.get("latency") or self.get("milliseconds") or 0) / 1000

    @property
    def date_skew(self):
        return self.get("dateSkew", 0) + (self.get("seconds", 300) if self.kind == "skewed-date" else 0)

    def answered(self, answer):
        """The answer with this fault. `answer` is the true one, None where the operation was not carried out."""
        made = _INSTEAD[self.kind](self) if self.kind in _INSTEAD else answer
        if made is not None and self.kind in _SPOILT and made.status == 200 and made.body:
            members = _SPOILT[self.kind](self, json.loads(made.body))
            made = Answer(200, made.headers, json.dumps(members).encode())
        if made is not None:
            made.headers = made.headers + list(self.get("headers", {}).items())
        return made


def _from_error(error, *headers):
    return Answer(error.status, [("Content-Type", "application/x-amz-json-1.1"), *headers], error.body())


def _throttle(fault):
    error = errors.throttled()
    error.code, error.status = fault.get("code", error.code), fault.get("status", error.status)
    headers = []
    if fault.get("retryAfter") is not None:
        headers.append(("Retry-After", fault.get("retryAfter")))
    if fault.get("xAmzRetryAfter") is not None:
        headers.append(("x-amz-retry-after", fault.get("xAmzRetryAfter")))
    return _from_error(error, *headers)


def _error(fault):
    """Any error, its type in any of the places and spellings that AWS protocols know (Smithy, "AWS JSON 1.1
    protocol")."""
    code, message = fault.get("code", "KMSInternalException"), fault.get("message", "a fault on command")
    spelling = fault.get("spelling", "__type")
    headers = [("Content-Type", "application/x-amz-json-1.1")]
    document = {"message": message}
    if spelling in ("__type", "code", "Code"):
        document[spelling] = code
    elif spelling == "namespaced":
        document["__type"] = f"com.amazonaws.kms#{code}"
    elif spelling == "namespaced-with-uri":
        document["__type"] = f"com.amazonaws.kms#{code}:http://internal.amazon.com/coral/com.amazonaws.kms/"
    elif spelling == "header":
        headers.append(("x-amzn-ErrorType", code))
    elif spelling == "header-with-uri":
        headers.append(("x-amzn-ErrorType", f"{code}:http://internal.amazon.com/coral/com.amazonaws.kms/"))
    elif spelling != "none":
        raise ValueError(f"unknown spelling {spelling!r}")
    return Answer(fault.get("status", 500), headers, json.dumps(document).encode())


def _unavailable(fault):
    after = fault.get("retryAfter")
    return _from_error(errors.unavailable(), *([("Retry-After", after)] if after is not None else []))


def _html(fault):
    body = b"<h1>Please sign in to the network</h1>"
    page = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>" + body + b"</body></html>"
    return Answer(fault.get("status", 200), [("Content-Type", "text/html")], page)


def _garbage(fault):
    body = fault.get("body", '{"KeyId":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34').encode()
    return Answer(200, [("Content-Type", "application/x-amz-json-1.1")], body)


def _redirect(fault):
    location = fault.get("location", "http://127.0.0.1:1/")
    return Answer(fault.get("status", 307), [("Location", location)], b"")


_INSTEAD = {
    "throttle": _throttle,
    "error": _error,
    "500": lambda fault: _from_error(errors.internal_error()),
    "503": _unavailable,
    "expired-token": lambda fault: _from_error(errors.expired_token()),
    "html": _html,
    "garbage": _garbage,
    "redirect": _redirect,
}


def _with_wrong_key_id(fault, members):
    member = fault.get("member", "KeyId")
    if member in members:
        members[member] = fault.get("keyId") or f"{members[member].rpartition('/')[0]}/{uuid.uuid4()}"
    return members


def _with_wrong_plaintext(fault, members):
    if "Plaintext" in members:
        members["Plaintext"] = base64.b64encode(bytes(fault.get("bytes", 31))).decode()
    return members


def _without_members(fault, members):
    gone = fault.get("members", list(members))
    return {name: value for name, value in members.items() if name not in gone}


_SPOILT = {
    "wrong-key-id": _with_wrong_key_id,
    "wrong-plaintext": _with_wrong_plaintext,
    "missing": _without_members,
    "set": lambda fault, members: {**members, **fault.get("members", {})},
}


class Faults:
    """The armed faults. The first that befalls a request in the order of arming counts, one a request."""

    def __init__(self):
        self._lock = threading.Lock()
        self._armed = []
        self.latency = 0.0

    def arm(self, order):
        fault = Fault(order)
        if fault.kind in _INSTEAD:
            _INSTEAD[fault.kind](fault)  # Its options are tried now, not at the first request.
        with self._lock:
            self._armed.append(fault)
        return fault

    def clear(self, identifier=None):
        """Takes one fault or all away; what hangs is let go."""
        with self._lock:
            gone = [fault for fault in self._armed if identifier in (None, fault.id)]
            self._armed = [fault for fault in self._armed if fault not in gone]
        for fault in gone:
            fault.cleared.set()
        if identifier is None:
            self.latency = 0.0

    def described(self):
        with self._lock:
            return [fault.described() for fault in self._armed]

    def take(self, operation, line):
        """The fault that befalls this request, None for most."""
        if not self._armed:
            return None
        with self._lock:
            for fault in self._armed:
                if not fault.befalls(operation, line):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.left is not None:
                    fault.left -= 1
                fault.befell += 1
                return fault
        return None
