"""What planning, sending and recording add to the metrics: pure functions of what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from segment.limits import BATCH_ENVELOPE_BYTES
from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Try
from workflows.delivery.outcome_log import Recorded
from workflows.metrics.catalogue import (
    ACCEPTED_SECONDS,
    BATCH_BYTES,
    BATCH_EVENTS,
    DELIVERIES,
    REQUEST_SECONDS,
    REQUESTS,
    RETRIES,
)
from workflows.metrics.counts import Counts
from workflows.models import DeliveryStatus

_TIME_DIGITS = 12  # a submission's id begins with the 48 bits of its time, in milliseconds


def count_requests(tries: Sequence[Try], counts: Counts) -> None:
    """Each request with its outcome, its time and its size."""
    for attempt in tries:
        counts.add(REQUESTS, _name_outcome(attempt.answer))
    counts.observe(REQUEST_SECONDS, [attempt.answer.duration_seconds for attempt in tries])
    counts.observe(BATCH_EVENTS, [len(attempt.items) for attempt in tries])
    counts.observe(
        BATCH_BYTES,
        [BATCH_ENVELOPE_BYTES + sum(len(item.body) + 1 for item in attempt.items) for attempt in tries],
    )


def count_planned(statuses: Iterable[str]) -> Counts:
    """Deliveries that are finished as soon as they are planned: rejected or skipped, never sent."""
    counts = Counts()
    for status, number in Counter(statuses).items():
        if status in DELIVERIES.values:
            counts.add(DELIVERIES, status, number)
    return counts


def count_outcomes(outcomes: Sequence[Recorded], now: datetime, counts: Counts) -> None:
    """Each delivery that is finished or put back for another try, and how long the accepted ones took."""
    kinds = Counter((outcome.status, outcome.reason) for outcome in outcomes)
    for (status, reason), number in kinds.items():
        if status in DELIVERIES.values:
            counts.add(DELIVERIES, status, number)
        elif reason in RETRIES.values:
            counts.add(RETRIES, reason, number)
    accepted = [outcome.submission_id for outcome in outcomes if outcome.status == DeliveryStatus.ACCEPTED]
    counts.observe(ACCEPTED_SECONDS, _ages(accepted, now))


def _ages(submission_ids: Iterable[str], now: datetime) -> Iterable[float]:
    """Seconds since they came in; none is negative, whatever the clock did: a counter never falls."""
    now_milliseconds = int(now.timestamp() * 1_000)
    return (max(0, now_milliseconds - int(pk[:_TIME_DIGITS], 16)) / 1_000 for pk in submission_ids)


def _name_outcome(answer: Answer) -> str:
    if answer.outcome is Outcome.RETRY:
        return "no_answer" if answer.status is None else "error"
    return answer.outcome.value
