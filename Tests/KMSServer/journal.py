"""What the server was asked: one line a request, and counters. Never a plaintext, a ciphertext or a secret key."""

import collections
import threading
import time

_KEPT = 100_000


class Journal:
    """The requests received, in the order in which their answers were ready, and how many there were of each kind."""

    def __init__(self):
        self._lock = threading.Lock()
        self.clear()

    def clear(self):
        with self._lock:
            self._lines = collections.deque(maxlen=_KEPT)
            self._number = 0
            self._operations = collections.Counter()
            self._errors = collections.Counter()
            self._connections = collections.Counter()
            self._open = getattr(self, "_open", 0)
            self._most_open = self._open
            self._in_flight = getattr(self, "_in_flight", 0)
            self._most_in_flight = self._in_flight

    def begin(self, connection, scheme, request):
        """A new line, to be filled in while the request is served."""
        with self._lock:
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
        return {
            "time": time.time(),
            "connection": connection,
            "scheme": scheme,
            "operation": None,
            "region": None,
            "accessKeyId": None,
            "caller": None,
            "signatureValid": False,
            "signatureError": None,
            "keyId": None,
            "keys": {},
            "encryptionContext": {},
            "unknownMembers": [],
            "dryRun": False,
            "invocation": request.header("amz-sdk-invocation-id"),
            "attempt": request.header("amz-sdk-request"),
            "userAgent": request.header("user-agent"),
            "fault": None,
            "status": None,
            "error": None,
            "requestId": None,
        }

    def record(self, line):
        """Takes the line in, before the answer is written: whoever has an answer finds its line."""
        with self._lock:
            self._number += 1
            line["number"] = self._number
            line["duration"] = round(time.time() - line["time"], 6)
            self._lines.append(line)
            self._operations[line["operation"] or "unknown"] += 1
            if line["error"]:
                self._errors[line["error"]] += 1

    def end(self):
        """The answer is written, or broken off."""
        with self._lock:
            self._in_flight -= 1

    def opened(self, scheme):
        with self._lock:
            self._connections[scheme] += 1
            self._open += 1
            self._most_open = max(self._most_open, self._open)

    def closed(self):
        with self._lock:
            self._open -= 1

    def refused_handshake(self):
        with self._lock:
            self._connections["failedHandshakes"] += 1

    def lines(self, since=0, operation=None):
        with self._lock:
            return [line for line in self._lines if line["number"] > since and operation in (None, line["operation"])]

    def counters(self):
        with self._lock:
            return {
                "requests": self._number,
                "operations": dict(self._operations),
                "errors": dict(self._errors),
                "connections": dict(self._connections),
                "openConnections": self._open,
                "mostOpenConnections": self._most_open,
                "inFlight": self._in_flight,
                "mostInFlight": self._most_in_flight,
            }
