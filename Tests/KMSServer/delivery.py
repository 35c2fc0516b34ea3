"""How an answer gets onto the wire: whole, or as a fault wants it."""

import base64
import select
import socket
import struct
import time

_PATIENCE = 3600


class Gone(Exception):
    """The connection ended while, or because, the answer was written."""


def deliver(connection, answer, keep_alive, fault, stopping):
    """Writes the answer. Raises Gone where the connection does not outlive it."""
    if fault is None or fault.kind not in _DELIVERIES:
        connection.sendall(answer.head(keep_alive) + answer.body)
        return
    head = answer.head(keep_alive) if answer is not None else b""
    body = answer.body if answer is not None else b""
    _DELIVERIES[fault.kind](connection, head, body, fault, stopping)


def _reset(connection):
    """RST instead of FIN: what a peer that died, or a firewall, sends. The pause lets what was written arrive first."""
    time.sleep(0.02)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    raise Gone


def _break_off(connection, head, body, fault, stopping):
    """`when`: before the first byte, within the headers, or within the body; by RST (reset) or FIN (close)."""
    when = fault.get("when", "before")
    if when == "headers":
        connection.sendall(head[: len(head) // 2])
    elif when == "body":
        connection.sendall(head + body[: len(body) // 2])
    if fault.kind == "reset":
        _reset(connection)
    raise Gone


def _truncate(connection, head, body, fault, stopping):
    """The head promises the whole body; less comes, then the end."""
    connection.sendall(head + body[: fault.get("bytes", len(body) // 2)])
    raise Gone


def _drip(connection, head, body, fault, stopping):
    """`chunk` bytes every `interval` milliseconds, headers too."""
    whole, size = head + body, fault.get("chunk", 1)
    for start in range(0, len(whole), size):
        connection.sendall(whole[start : start + size])
        last = start + size >= len(whole)
        if not last and _waited(connection, fault.get("interval", 100) / 1000, fault, stopping):
            raise Gone


def _hang(connection, head, body, fault, stopping):
    """Nothing more comes, until the client gives up, the fault is cleared, or `seconds` are over."""
    if fault.get("when") == "body":
        connection.sendall(head + body[: len(body) // 2])
    _waited(connection, fault.get("seconds", _PATIENCE), fault, stopping)
    raise Gone


def _huge(connection, head, body, fault, stopping):
    """A JSON object with one endless string, of a length that is told (Content-Length) or not (chunked)."""
    left, chunked = fault.get("bytes", 64 << 20), fault.get("chunked", False)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {left}"
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n{framing}\r\n\r\n".encode())
    piece = b'{"Padding":"' + b"A" * 65524
    while left > 0:
        part = piece[:left]
        connection.sendall(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        left -= len(part)
        piece = b"A" * 65536
    if chunked:
        connection.sendall(b"0\r\n\r\n")
    raise Gone


def _conflicting_lengths(connection, head, body, fault, stopping):
    """Two framings that disagree: `two-lengths`, or `length-and-chunked`. What follows cannot be told from a second
    answer."""
    if fault.get("mode", "two-lengths") == "two-lengths":
        more = f"Content-Length: {len(body) + 7}\r\n"
    else:
        more, body = "Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    connection.sendall(head[:-2] + more.encode() + b"\r\n" + body)
    raise Gone


def _raw(connection, head, body, fault, stopping):
    connection.sendall(base64.b64decode(fault.get("base64", "")))
    raise Gone


_DELIVERIES = {
    "reset": _break_off,
    "close": _break_off,
    "truncate": _truncate,
    "drip": _drip,
    "hang": _hang,
    "huge": _huge,
    "conflicting-lengths": _conflicting_lengths,
    "raw": _raw,
}


def _waited(connection, seconds, fault, stopping):
    """Waits; True as soon as the client has gone, the fault was cleared or the server stops."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if fault.cleared.is_set() or stopping.is_set():
            return True
        readable, _, _ = select.select([connection], [], [], min(left, 0.05))
        if readable:
            return True  # Nobody pipelines here: readable means closed.
    return False
