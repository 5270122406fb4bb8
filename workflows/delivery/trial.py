"""A test send: one event to its source at once, outside the outbox, marked as a test.

Nothing of it is stored, and nothing is tried again: the person who pressed the button sees the answer.
"""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.conf import settings

from accounts.fields import SecretUnreadableError
from segment.limits import MAX_EVENT_BYTES
from segment.regions import RegionKey
from segment.tracking import TIMED_OUT, Answer, Outcome, TrackingApi, build_batch_body
from segment.transport import MASK, USER_AGENT, Timeouts
from workflows.delivery.outbox import read_write_key
from workflows.identifiers import MESSAGE_ID_PREFIX
from workflows.mapping.definition import SubmissionData
from workflows.mapping.event import Built, Compiled, build_event
from workflows.mapping.problems import Problem
from workflows.mapping.values import encode

__all__ = [
    "SecretUnreadableError",
    "SourceGoneError",
    "Trial",
    "TrialOutcome",
    "TrialRequest",
    "TrialsBusyError",
    "build_test_event",
    "log_trial",
    "send_test_event",
]

log = logging.getLogger(__name__)

TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=7.0)
# A source that hangs must not take the web server's threads from those who submit.
MAX_AT_ONCE = 4
_places = threading.BoundedSemaphore(MAX_AT_ONCE)


class SourceGoneError(Exception):
    """The source, or its write key, is no longer here."""


class TrialsBusyError(Exception):
    """`MAX_AT_ONCE` test events of this process are under way."""


class TrialOutcome(StrEnum):
    """What came of the request. The last five say nothing against the event."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    FOREIGN_ANSWER = "foreign_answer"  # a status that Segment does not use: something in between answered


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """What was sent, with a mask in the places of the write key. `body` is JSON."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One test send and its answer. `answer.text` has the write key masked."""

    request: TrialRequest
    answer: Answer
    message_id: str
    sent_at: datetime

    @property
    def outcome(self) -> TrialOutcome:
        if self.answer.outcome is not Outcome.RETRY:
            return TrialOutcome(self.answer.outcome.value)
        if self.answer.status is None:
            is_late = self.answer.text == TIMED_OUT
            return TrialOutcome.TIMED_OUT if is_late else TrialOutcome.UNREACHABLE
        is_foreign = self.answer.status < 400
        return TrialOutcome.FOREIGN_ANSWER if is_foreign else TrialOutcome.SERVER_ERROR


def build_test_event(compiled: Compiled, data: SubmissionData, random_id: str) -> Built:
    """The event as it would be sent for `data`, with `context.test` true and a message id of its own.

    The message id is new each time, so that Segment does not take it for the real event or an earlier test.
    """
    message_id = f"{MESSAGE_ID_PREFIX}test-{uuid.uuid4()}"
    built = build_event(compiled, data, message_id=message_id, random_id=random_id)
    event = {**built.event, "context": {**built.event.get("context", {}), "test": True}}
    body = encode(event).encode()
    problems = built.problems
    if len(body) > MAX_EVENT_BYTES and not any(problem.code == "too_large" for problem in problems):
        problems = (*problems, Problem("too_large", "error", "event", _sizes(body)))
    return replace(built, event=event, body=body, problems=problems)


def send_test_event(built: Built, source_id: int, region: str) -> Trial:
    """Send a test event to its source; trouble on the way or at Segment is in the answer.

    Raises `SourceGoneError`, `SecretUnreadableError` and `TrialsBusyError`. Call it outside of transactions.
    """
    write_key = read_write_key(source_id)
    if not write_key:
        raise SourceGoneError
    if not _places.acquire(blocking=False):
        raise TrialsBusyError
    try:
        return _send(built, write_key, region)
    finally:
        _places.release()


def _send(built: Built, write_key: str, region: str) -> Trial:
    url = settings.SEGMENT_ENDPOINTS[RegionKey(region)].tracking_url
    sent_at = datetime.now(UTC)
    # Without gzip, so that what is shown is what was sent.
    with TrackingApi(url, gzip=False, timeouts=TIMEOUTS) as api:
        answer = api.send_batch(write_key, [built.body], sent_at)
    body = build_batch_body(MASK, [built.body], sent_at).decode()
    headers = (
        ("Authorization", f"Basic {MASK}"),
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
    )
    return Trial(TrialRequest(f"{url}/batch", headers, body), answer, str(built.event["messageId"]), sent_at)


def log_trial(trial: Trial, *, user_id: int, task_id: int, source_id: int) -> None:
    """One line without anything of the event."""
    log.info(
        "test event %s user=%d task=%d source=%d message=%s status=%s ms=%d",
        trial.outcome,
        user_id,
        task_id,
        source_id,
        trial.message_id,
        trial.answer.status,
        round(trial.answer.duration_seconds * 1000),
    )


def _sizes(body: bytes) -> dict[str, str | int]:
    return {"size": len(body), "limit": MAX_EVENT_BYTES}
