"""What can go wrong between Tributary and Segment's Public API.

    SegmentError                what all share; `except SegmentError` catches everything below
    ├── Unreachable             no answer: connection refused, DNS, TLS, connection lost
    │   └── TimedOut            no answer in time (also a 408)
    ├── BadToken                401: unknown or expired token, or a token of the other region
    ├── PermissionDenied        403: the token is good, but not for this
    ├── NotFound                404
    ├── Conflict                409: the slug is taken
    ├── Invalid                 400, 422: `field` names what was wrong, where Segment says so
    ├── RateLimited             429: `retry_after_seconds` where Segment says so
    ├── ServerFailed            5xx
    └── UnexpectedAnswer        a redirect, another status, not JSON, or JSON of another shape

Each error has `status` (HTTP, or None without an answer), `code` (Segment's error type), `message` (Segment's
words or ours), `field`, `request_id` and `retry_after_seconds`. The messages are plain English for logs,
never contain the token, and are at most `MAX_MESSAGE_CHARACTERS` long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from segment.transport import mask, parse_retry_after

MAX_MESSAGE_CHARACTERS = 500


class SegmentError(Exception):
    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        field: str = "",
        request_id: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.field = field
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        facts = [str(self.status or ""), self.code, f"field {self.field}" if self.field else ""]
        known = ", ".join(fact for fact in facts if fact)
        return f"{self.message} ({known})" if known else self.message


class Unreachable(SegmentError):
    """No answer: connection refused or lost, DNS, TLS."""


class TimedOut(Unreachable):
    """No answer in time."""


class BadToken(SegmentError):
    """401: unknown or expired token, or a token of the other region."""


class PermissionDenied(SegmentError):
    """403: the token is good, but not for this."""


class NotFound(SegmentError):
    """404."""


class Conflict(SegmentError):
    """409: the slug is taken."""


class Invalid(SegmentError):
    """400 or 422: `field` names what was wrong, where Segment says so."""


class RateLimited(SegmentError):
    """429: `retry_after_seconds` says how long to wait, where Segment says so."""


class ServerFailed(SegmentError):
    """5xx."""


class UnexpectedAnswer(SegmentError):
    """An answer that the Public API does not give: a redirect, not JSON, or JSON of another shape."""


_BY_STATUS: dict[int, type[SegmentError]] = {
    400: Invalid,
    401: BadToken,
    403: PermissionDenied,
    404: NotFound,
    408: TimedOut,
    409: Conflict,
    422: Invalid,
    429: RateLimited,
}


def error_from_answer(status: int, headers: Mapping[str, str], body: bytes, secret: str = "") -> SegmentError:
    """The error that a status other than 2xx stands for; `secret` is masked in all its texts."""
    kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else UnexpectedAnswer)
    first = _first_error(body)

    def text_of(key: str) -> str:
        value = first.get(key)
        return mask(value, secret)[:MAX_MESSAGE_CHARACTERS] if isinstance(value, str) else ""

    return kind(
        text_of("message") or _say(status),
        status=status,
        code=text_of("type"),
        field=text_of("field"),
        request_id=mask(headers.get("X-Request-Id", ""), secret)[:MAX_MESSAGE_CHARACTERS],
        retry_after_seconds=parse_retry_after(headers),
    )


def _first_error(body: bytes) -> dict[str, Any]:
    """The first of `{"errors": [{"type", "message", "field"?}]}`, or {} for anything else."""
    try:
        errors = json.loads(body)["errors"]
        return errors[0] if isinstance(errors[0], dict) else {}
    except (ValueError, TypeError, LookupError, RecursionError):
        return {}


def _say(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    return f"Segment answered {status} {phrase}"
