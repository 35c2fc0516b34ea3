"""The ports on which KMS is served, a thread a connection."""

import itertools
import socket
import ssl
import threading
import time

from delivery import Gone, deliver
from message import Answer, BadRequest, Reader
from protocol import operation_of

_IDLE = 600
_HANDSHAKE = 10


class Listener:
    """One port. `context` None is plain HTTP; `region` None serves whatever region a credential scope names."""

    _numbers = itertools.count(1)

    def __init__(self, world, protocol, port=0, context=None, region=None):
        self._world, self._protocol, self._context, self._region = world, protocol, context, region
        self.scheme = "http" if context is None else "https"
        self._stopping = threading.Event()
        self._connections = set()
        self._lock = threading.Lock()
        self._socket = None
        self._port = port
        self.open()

    @property
    def port(self):
        return self._port

    def open(self):
        """Listens, on the same port as before if it was closed."""
        if self._socket is not None:
            return
        self._stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", self._port), backlog=512)
        self._port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._socket, self._stopping), daemon=True).start()

    def close(self):
        """Refuses new connections and breaks off the open ones: a host that is down."""
        if self._socket is None:
            return
        self._stopping.set()
        listening, self._socket = self._socket, None
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        self.drop_connections()

    def drop_connections(self):
        """Closes what is open, idle or not, as a load balancer does."""
        with self._lock:
            open_now = list(self._connections)
        for connection in open_now:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self, listening, stopping):
        while not stopping.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, stopping), daemon=True).start()

    def _serve(self, connection, stopping):
        journal, number = self._world.journal, next(self._numbers)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            try:
                connection.settimeout(_HANDSHAKE)
                connection = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                journal.refused_handshake()
                connection.close()
                return
        connection.settimeout(_IDLE)
        journal.opened(self.scheme)
        with self._lock:
            self._connections.add(connection)
        try:
            self._converse(connection, number, stopping)
        except (OSError, Gone, ssl.SSLError):
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()
            journal.closed()

    def _converse(self, connection, number, stopping):
        reader = Reader(connection)
        while True:
            try:
                request = reader.request()
            except BadRequest as problem:
                connection.sendall(Answer(problem.status, [], b"").head(keep_alive=False))
                return
            if request is None:
                return
            line = self._world.journal.begin(number, self.scheme, request)
            try:
                self._answer(connection, request, line, stopping)
            finally:
                self._world.journal.end()
            if not request.keep_alive:
                return

    def _answer(self, connection, request, line, stopping):
        identified = self._protocol.identify(request, line, self._region)
        faults = self._world.faults
        fault = faults.take(operation_of(request), line)
        pause = faults.latency + (fault.latency if fault else 0)
        if pause:
            time.sleep(pause)
        answer = None
        if fault is None or fault.executes:
            answer = self._protocol.answer(request, line, identified, self.scheme == "https")
        if fault is not None:
            line["fault"] = fault.kind
            answer = fault.answered(answer)
        if answer is not None:
            self._protocol.finished(answer, line, fault.date_skew if fault else 0)
        self._world.journal.record(line)
        deliver(connection, answer, request.keep_alive, fault, stopping)
