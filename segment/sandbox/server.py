"""The sandbox over HTTP/1.1, by the standard library: a thread for each connection, kept alive.

`start_sandbox()` runs it inside another program, such as a test; `python -m segment.sandbox` runs it alone.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import sys
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from segment.sandbox.app import Dropped, Sandbox, start
from segment.sandbox.events import DEFAULT_KEEP
from segment.sandbox.http import Reply, Request, json_reply, parse_target

log = logging.getLogger(__name__)

# Bytes of a request's body that are kept; the rest, up to the second bound, is read and thrown away, so that
# the client hears the answer (400) instead of a reset while it is still sending.
_MAX_BODY_BYTES = 1024 * 1024
_MAX_READ_BYTES = 64 * 1024 * 1024
_IDLE_SECONDS = 75.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _BadBody(Exception):
    """The body cannot even be read."""


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away: that is their right."""
        if isinstance(sys.exception(), OSError):
            log.debug("A connection ended early", exc_info=True)
        else:
            log.error("The sandbox failed to answer a request", exc_info=True)

    def close(self) -> None:
        """Stop serving and end every connection, also the idle and the held ones."""
        self.sandbox.stop()
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.sandbox.store.close()


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "segment-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _IDLE_SECONDS

    def _serve(self) -> None:
        path, query = parse_target(self.path)
        head = Request(self.command, path, query, self.headers)
        try:
            reply = self.server.sandbox.answer(head, lambda: replace(head, body=self._read_body()))
        except Dropped as dropped:
            self._drop(dropped.is_reset)
            return
        except _BadBody as error:
            reply = json_reply(400, {"success": False, "code": "invalid_request", "message": str(error)})
            self.close_connection = True
        self._send(reply)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve

    def _read_body(self) -> bytes:
        """At most a byte more than any limit needs; whatever is left is read and thrown away."""
        text = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not (text.isascii() and text.isdecimal()):
            raise _BadBody("The request needs a Content-Length.")
        length = int(text)
        if length > _MAX_READ_BYTES:
            raise _BadBody("The request is far too large.")
        body = self.rfile.read(min(length, _MAX_BODY_BYTES))
        left = length - len(body)
        while left > 0 and (thrown_away := self.rfile.read(min(left, _MAX_BODY_BYTES))):
            left -= len(thrown_away)
        return body

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def _drop(self, is_reset: bool) -> None:
        self.close_connection = True
        if is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            # Not shutdown() as the server does it: that would send a FIN first.
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: the paths are dull, and a header with a token must never get near a log."""


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox in this process; `url` is its root, without a slash at the end."""

    url: str
    _server: SandboxServer

    def stop(self) -> None:
        self._server.close()


def make_server(
    host: str, port: int, data_dir: Path | None = None, keep: int = DEFAULT_KEEP, rate: int | None = None
) -> SandboxServer:
    return SandboxServer((host, port), start(data_dir, keep, rate))


def start_sandbox(
    port: int = 0,
    data_dir: Path | None = None,
    *,
    host: str = "127.0.0.1",
    keep: int = DEFAULT_KEEP,
    rate: int | None = None,
) -> RunningSandbox:
    """Serve from a thread of this process; port 0 takes a free one. The caller stops it."""
    server = make_server(host, port, data_dir, keep, rate)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return RunningSandbox(server.url, server)
