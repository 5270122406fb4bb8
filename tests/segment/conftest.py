"""What the tests of `segment` share: a sandbox over real HTTP, and servers that misbehave."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from segment.regions import Endpoints, RegionKey, build_endpoints
from segment.sandbox import RunningSandbox, start_sandbox


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    running = start_sandbox()
    yield running
    running.stop()


@pytest.fixture
def endpoints(sandbox: RunningSandbox) -> dict[RegionKey, Endpoints]:
    return build_endpoints(sandbox.url)


@pytest.fixture
def unused_url() -> str:
    """A URL where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _read_request(connection: socket.socket) -> bytes:
    """Read a whole request and return its head. A body left unread would reset the connection on close."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, _, body = head.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    left = (int(length[1]) if length else 0) - len(body)
    while left > 0:
        left -= len(connection.recv(65536))
    return head + b"\r\n\r\n"


class CannedServer:
    """Reads each connection's request head and answers with fixed bytes; `heads` are what it was sent."""

    def __init__(self, answer: bytes, pause_seconds: float = 0, hold_seconds: float = 0) -> None:
        self._answer = answer
        self._pause_seconds = pause_seconds
        self._hold_seconds = hold_seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.heads: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer_one, args=(connection,), daemon=True).start()

    def _answer_one(self, connection: socket.socket) -> None:
        with connection:
            self.heads.append(_read_request(connection))
            try:
                self._send(connection)
            except OSError:
                return

    def _send(self, connection: socket.socket) -> None:
        if not self._pause_seconds:
            connection.sendall(self._answer)
            time.sleep(self._hold_seconds)
            return
        for byte in self._answer:
            connection.sendall(bytes([byte]))
            time.sleep(self._pause_seconds)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve_canned() -> Iterator[Callable[..., CannedServer]]:
    """Start a server with one answer for every request.

    `pause_seconds` makes it drip byte by byte; `missing_bytes` announces more than it sends; `hold_seconds`
    keeps the connection open after that.
    """
    with ExitStack() as stack:

        def serve(
            body: bytes = b"",
            status: str = "200 OK",
            headers: tuple[str, ...] = (),
            pause_seconds: float = 0,
            hold_seconds: float = 0,
            missing_bytes: int = 0,
        ) -> CannedServer:
            length = len(body) + missing_bytes
            head = [f"HTTP/1.1 {status}", f"Content-Length: {length}", "Connection: close", *headers]
            answer = "\r\n".join([*head, "", ""]).encode() + body
            server = CannedServer(answer, pause_seconds, hold_seconds)
            stack.callback(server.close)
            return server

        yield serve


@dataclass
class Recording:
    """What a server was sent: the bodies, and the address of the client's end of each connection."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    clients: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture
def recording() -> Iterator[Recording]:
    """A server that answers `{"success": true}` to every POST and keeps what it was sent."""

    class Recorder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            kept.clients.append(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "17")
            self.end_headers()
            self.wfile.write(b'{"success": true}')

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.daemon_threads = True
    server.block_on_close = False
    kept = Recording(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()
