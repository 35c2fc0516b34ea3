"""An HTTP proxy on loopback that tunnels, or answers CONNECT with a status of the test's choice."""

import socket
import threading


class Proxy:
    """`answer` is what every CONNECT gets: 200 tunnels, 0 says nothing. `asked` lists the hosts that were asked for."""

    def __init__(self, answer=200):
        self.answer = answer
        self.asked = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for end in [self._server, *self._open]:
            end.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        host, port = head.split()[1].decode().rsplit(":", 1)
        self.asked.append(f"{host}:{port}")
        if self.answer == 200:
            server = socket.create_connection((host, int(port)))
            self._open.append(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
            _pass_on(client, server)
        elif self.answer:
            client.sendall(f"HTTP/1.1 {self.answer} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            client.close()


def _pass_on(source, destination):
    try:
        while piece := source.recv(65536):
            destination.sendall(piece)
        destination.shutdown(socket.SHUT_WR)
    except OSError:
        pass
