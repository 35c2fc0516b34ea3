"""HTTP/1.1 as one connection speaks it (RFC 9112): requests read, answers written.

Written for this server instead of the standard library's, which cannot break an answer off where a fault wants it
broken.
"""

_MOST_HEADER = 65536
_MOST_BODY = 1 << 20

REASONS = {
    200: "OK", 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 411: "Length Required", 413: "Content Too Large",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


class BadRequest(Exception):
    """What is no HTTP request; answered by its status, then the connection ends."""

    def __init__(self, status):
        super().__init__(REASONS[status])
        self.status = status


class Request:
    """A request as received. Header names in lower case; a header sent twice is one list, as RFC 9110 says."""

    def __init__(self, method, target, headers, body, keep_alive):
        self.method, self.target, self.body, self.keep_alive = method, target, body, keep_alive
        self._headers = headers

    def header(self, name):
        values = self._headers.get(name)
        return ",".join(values) if values else None

    def header_names(self):
        return self._headers.keys()


class Reader:
    """Reads one request after the other from a socket."""

    def __init__(self, connection):
        self._connection = connection
        self._buffer = b""

    def request(self):
        """The next request, None once the other side has closed."""
        head = self._head()
        if head is None:
            return None
        try:
            lines = head.decode("latin-1").split("\r\n")
            method, target, version = lines[0].split(" ")
        except ValueError:
            raise BadRequest(400) from None
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise BadRequest(400)
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BadRequest(400)
            headers.setdefault(name.lower(), []).append(value.strip(" \t"))
        if len(headers.get("host", [])) != 1:
            raise BadRequest(400)
        if headers.get("expect", [""])[0].lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers, method)
        wanted = headers.get("connection", [""])[0].lower()
        return Request(
            method, target, headers, body, wanted != "close" and (version == "HTTP/1.1" or wanted == "keep-alive")
        )

    def _head(self):
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
                return head
            if len(self._buffer) > _MOST_HEADER:
                raise BadRequest(431)
            if not self._more():
                if self._buffer:
                    raise BadRequest(400)
                return None

    def _body(self, headers, method):
        if "transfer-encoding" in headers:
            raise BadRequest(411)
        lengths = set(headers.get("content-length", ["0"]))
        if "content-length" not in headers and method == "POST":
            raise BadRequest(411)
        if len(lengths) != 1 or not next(iter(lengths)).isdecimal():
            raise BadRequest(400)
        length = int(lengths.pop())
        if length > _MOST_BODY:
            raise BadRequest(413)
        while len(self._buffer) < length:
            if not self._more():
                raise BadRequest(400)
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return body

    def _more(self):
        received = self._connection.recv(65536)
        self._buffer += received
        return bool(received)


class Answer:
    """An answer before it is written. `headers` is a list of pairs; Content-Length is added unless `framed` is
    already."""

    def __init__(self, status, headers, body, framed=False):
        self.status, self.headers, self.body = status, headers, body
        self.framed = framed

    def head(self, keep_alive):
        """Status line and headers as bytes."""
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if not self.framed:
            lines.append(f"Content-Length: {len(self.body)}")
        if not keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
