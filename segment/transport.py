"""How both APIs are spoken to over HTTP: one kind of session, bounded answers, no secret in any text.

Never followed: redirects (a token must not travel to another host). Never used: netrc, whose entry for the
host would replace our Authorization header, and cookies. Proxies and CA bundles from the environment stay in
force.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3.exceptions
from requests.auth import AuthBase

USER_AGENT = "tributary/0.1"
MASK = "•••"

# Seconds. A day: no server's hint is worth waiting longer for, since a delivery is given up after a day.
MAX_RETRY_AFTER_SECONDS = 24 * 60 * 60.0

# A reset value above it is a point in time (seconds since 1970), not a number of seconds to wait.
_FIRST_EPOCH_SECONDS = 1_000_000_000
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")
_READ_BYTES = 64 * 1024

# What `requests` and the urllib3 beneath it raise for trouble on the way; some urllib3 errors pass through
# unwrapped.
NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class AnswerTooLarge(Exception):
    """The answer's body is over the bound that `read_bounded` was given."""


class AnswerTimedOut(requests.Timeout):
    """The answer's body did not arrive in the time that `read_bounded` was given."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect, and seconds to wait for an answer after that."""

    connect_seconds: float
    read_seconds: float

    def as_tuple(self) -> tuple[float, float]:
        return (self.connect_seconds, self.read_seconds)


class HeaderAuth(AuthBase):
    """Sets one Authorization header. An explicit auth is also what keeps `requests` from reading netrc."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return "HeaderAuth(***)"


def encode_basic(user: str) -> str:
    """The HTTP Basic credentials of `user` with an empty password; UTF-8, so that any text can be sent."""
    return base64.b64encode(f"{user}:".encode("utf-8", "surrogatepass")).decode("ascii")


def new_session() -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def read_bounded(response: requests.Response, max_bytes: int, deadline: float) -> bytes:
    """The body of a streamed answer, at most `max_bytes` long and read before `deadline` (time.monotonic()).

    The deadline matters because a time-out of `requests` counts from the last byte: a server that sends a
    byte every few seconds would hold a worker for ever.
    """
    body = bytearray()
    while chunk := response.raw.read1(_READ_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            response.close()
            raise AnswerTooLarge
        if time.monotonic() > deadline:
            response.close()
            raise AnswerTimedOut
    return bytes(body)


def is_time_out(error: BaseException) -> bool:
    return isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError)


def mask(text: str, secret: str) -> str:
    """`text` without `secret`, also where a server echoed it from the Basic Authorization header."""
    if not secret:
        return text
    return text.replace(secret, MASK).replace(encode_basic(secret), MASK)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks us to wait, or None.

    `Retry-After` is whole seconds or an HTTP date (RFC 9110, 10.2.3); without a readable one,
    `X-RateLimit-Reset`.
    """
    for name in ("Retry-After", "X-RateLimit-Reset"):
        seconds = _parse_hint(headers.get(name, "").strip())
        if seconds is not None:
            return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
    return None


def _parse_hint(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number - time.time() if number > _FIRST_EPOCH_SECONDS else number
    try:
        moment = parsedate_to_datetime(text)
        # A zone of "-0000" gives a naive datetime; read as UTC, not as this machine's zone.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
