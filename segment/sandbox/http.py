"""A request and a reply, as the sandbox's parts hand them to one another."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = "application/json"
HTML = "text/html; charset=utf-8"


class Headers(Protocol):
    """Header fields by their names, in any case."""

    def get(self, name: str, default: str, /) -> str: ...


@dataclass(frozen=True)
class Request:
    """`path` is as it was sent, still escaped; `body` is as it came over the wire (perhaps gzipped)."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    @property
    def bearer_token(self) -> str:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    @property
    def basic_user(self) -> str:
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return ""
        try:
            return base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's parts, unescaped, without empty ones."""
        return tuple(unquote(part) for part in self.path.split("/") if part)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def parse_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and query of a request line's target; of a repeated query name, the last value counts."""
    try:
        parts = urlsplit("//sandbox" + target if target.startswith("/") else target)
    except ValueError:
        return target, {}
    return parts.path or "/", dict(parse_qsl(parts.query, keep_blank_values=True))


def json_reply(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, json.dumps(value).encode("ascii"), JSON, headers)


def rate_limit_headers(seconds: int) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(seconds)), ("X-RateLimit-Reset", str(seconds)))
