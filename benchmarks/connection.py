"""HTTP/1.1 over a raw socket, with requests made beforehand: some microseconds of our own for each.

A library would spend more on a request than the server under test, and the two share the machine's cores.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class BadAnswer(Exception):
    """The server hung up, or sent what is no answer."""


def make_request(url: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """A POST of JSON on a connection that stays open."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json"]
    lines += [
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer_status(data: bytes) -> int | None:
    """The status of a whole answer; None while a part of it is missing. Raises `BadAnswer`."""
    head_end = data.find(HEAD_END)
    if head_end < 0:
        return None
    head = data[:head_end].lower()
    if not head.startswith(b"http/1.1 "):
        raise BadAnswer(f"no HTTP/1.1 answer: {data[:40]!r}")
    at = head.find(LENGTH)
    if at >= 0:
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
        is_whole = len(data) >= head_end + len(HEAD_END) + length
    else:
        is_whole = data.endswith(b"0\r\n\r\n")  # chunked
    return int(head[9:12]) if is_whole else None


class Connection:
    """One keep-alive connection with at most one request under way; `sent_at` belongs to the caller."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.sent_at = 0.0
        self.number = 0
        self._data = b""
        self._socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes) -> None:
        self._data = b""
        self._socket.sendall(request)

    def receive(self) -> int | None:
        """Read what is there; the status once the answer is whole. Raises `BadAnswer`."""
        part = self._socket.recv(65_536)
        if not part:
            raise BadAnswer("the server closed the connection")
        self._data = self._data + part if self._data else part
        return answer_status(self._data)

    def close(self) -> None:
        self._socket.close()
