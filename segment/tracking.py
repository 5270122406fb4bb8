"""Segment's Tracking API: events out, in batches, by a source's write key.

The body follows segment-analytics-python 2.4.0 (`request.py`) field by field: `batch`, `sentAt` (ISO 8601
with microseconds and zone) and `writeKey`, which is also the user name of HTTP Basic.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import requests

from segment.limits import SDK_TIME_OUT_SECONDS
from segment.transport import (
    NETWORK_ERRORS,
    AnswerTooLarge,
    HeaderAuth,
    Timeouts,
    encode_basic,
    is_time_out,
    mask,
    new_session,
    parse_retry_after,
    read_bounded,
)

TRACKING_TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=SDK_TIME_OUT_SECONDS)
MAX_TEXT_CHARACTERS = 2_000
# `Answer.text` after a time-out.
TIMED_OUT = "no answer in time"

# Bytes of an answer that are read at all; Segment's are a few dozen.
_MAX_ANSWER_BYTES = 64 * 1024
# The quickest level: on JSON it saves nearly as much as the default and costs a third of the time.
_GZIP_LEVEL = 1
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS


class Outcome(StrEnum):
    """What the answer to a batch means for its events.

    `refused` is for good; the last two ask for another try.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    RETRY = "retry"


@dataclass(frozen=True)
class Answer:
    """One try's result.

    `status` is None when no answer came, `text` is the answer's beginning or the trouble in words, with the
    write key masked; `retry_after_seconds` is the server's own hint.
    """

    outcome: Outcome
    status: int | None
    text: str
    retry_after_seconds: float | None
    duration_seconds: float


class TrackingApi:
    """One region's Tracking API over one keep-alive connection. Make one for each thread, and `close()`
    it."""

    def __init__(
        self, tracking_url: str, *, gzip: bool = True, timeouts: Timeouts = TRACKING_TIMEOUTS
    ) -> None:
        self._tracking_url = tracking_url.rstrip("/")
        self._gzip = gzip
        self._timeouts = timeouts
        self._session = new_session()

    def __repr__(self) -> str:
        return f"TrackingApi({self._tracking_url!r})"

    def __enter__(self) -> TrackingApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def send_batch(self, write_key: str, events: Sequence[bytes], sent_at: datetime) -> Answer:
        """Send JSON events, each already serialised, to one source.

        Never raises for trouble on the network or at Segment: that is an `Answer`. A `ValueError` is a
        mistake of the caller: no events, or a `sent_at` without zone.
        """
        body = build_batch_body(write_key, events, sent_at)
        headers = {"Content-Type": "application/json"}
        if self._gzip:
            body = _compress(body)
            headers["Content-Encoding"] = "gzip"
        started = time.monotonic()
        try:
            response, content = self._post(write_key, body, headers)
        except NETWORK_ERRORS as error:
            # The cause's own text stays out of the answer: it may quote what was sent.
            text = TIMED_OUT if is_time_out(error) else f"no answer: {_name_cause(error)}"
            return Answer(Outcome.RETRY, None, text, None, time.monotonic() - started)
        return _read_answer(response, content, write_key, time.monotonic() - started)

    def _post(self, write_key: str, body: bytes, headers: dict[str, str]) -> tuple[requests.Response, bytes]:
        deadline = time.monotonic() + self._timeouts.connect_seconds + self._timeouts.read_seconds
        with self._session.post(
            f"{self._tracking_url}/batch",
            data=body,
            headers=headers,
            auth=HeaderAuth(f"Basic {encode_basic(write_key)}"),
            timeout=self._timeouts.as_tuple(),
            allow_redirects=False,
            stream=True,
        ) as response:
            try:
                return response, read_bounded(response, _MAX_ANSWER_BYTES, deadline)
            except AnswerTooLarge:
                return response, b"(an answer too long to read)"


def build_batch_body(write_key: str, events: Sequence[bytes], sent_at: datetime) -> bytes:
    """`{"batch":[…],"sentAt":"…","writeKey":"…"}`, joined from bytes:

    no event is parsed or serialised again.
    """
    if not events:
        raise ValueError("a batch needs at least one event")
    if sent_at.utcoffset() is None:
        raise ValueError("sent_at needs a time zone")
    tail = f'],"sentAt":"{sent_at.astimezone(UTC).isoformat()}","writeKey":{json.dumps(write_key)}}}'
    return b"".join((b'{"batch":[', b",".join(events), tail.encode("ascii")))


def _compress(body: bytes) -> bytes:
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW_BITS)
    return compressor.compress(body) + compressor.flush()


def _read_answer(
    response: requests.Response, content: bytes, write_key: str, duration_seconds: float
) -> Answer:
    return Answer(
        outcome=_judge(response.status_code),
        status=response.status_code,
        text=mask(content.decode("utf-8", "replace"), write_key)[:MAX_TEXT_CHARACTERS],
        retry_after_seconds=parse_retry_after(response.headers),
        duration_seconds=duration_seconds,
    )


def _judge(status: int) -> Outcome:
    """Segment's rule is: again after 429, 5xx and network errors, never after another 4xx.

    408 is a time-out by another name. A redirect or an interim status is nothing that Segment answers; it
    comes from something in between, and condemning events for that would lose them.
    """
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if status == 429:
        return Outcome.RATE_LIMITED
    if 400 <= status < 500 and status != 408:
        return Outcome.REFUSED
    return Outcome.RETRY


def _name_cause(error: BaseException) -> str:
    """The innermost error's class, such as ConnectionRefusedError:

    tells the operator what its wrapper does not.
    """
    seen = 0
    while (inner := error.__cause__ or error.__context__) is not None and seen < 10:
        error, seen = inner, seen + 1
    return type(error).__name__
