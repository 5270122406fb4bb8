"""Sources that rest after trouble: a circuit breaker for each, in the database, so that all workers share it.

A rate limit or an outage concerns all that a source is owed. `SourceState` says what the states mean.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Source
from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Report
from workflows.delivery.leases import count_leases
from workflows.delivery.retry import back_off_seconds
from workflows.models import Breaker, SourceState

log = logging.getLogger(__name__)

PROBE_EVENTS = 100  # in the requests of a half-open source


def claimable(source_id: int, limit: int, now: datetime) -> int:
    """How many deliveries of the source may be claimed: up to `limit`, 0 while it rests or enough send to it.

    To be called in the transaction of the claim: on PostgreSQL it locks the source, so that two workers
    cannot both take the last place.
    """
    Source.objects.select_for_update(no_key=True).filter(pk=source_id).values("pk").first()
    # Before the state: whoever ends between the two statements frees its place and opens the breaker at once.
    leases = count_leases(source_id)
    state = SourceState.objects.filter(pk=source_id).first()
    breaker = state.breaker(now) if state else Breaker.CLOSED
    if breaker == Breaker.OPEN:
        return 0
    is_half_open = breaker == Breaker.HALF_OPEN
    places = 1 if is_half_open else settings.DELIVERY_SOURCE_CONCURRENCY
    if leases >= places:
        return 0
    return min(limit, PROBE_EVENTS) if is_half_open else limit


def failing_sources() -> set[int]:
    """Ids of the sources whose last request ended in trouble: the next one is a probe."""
    return set(SourceState.objects.filter(failures__gt=0).values_list("source_id", flat=True))


def note(reports: Iterable[Report], now: datetime) -> None:
    """Learn from reports: trouble opens the source's breaker, another answer closes it.

    To be called in the transaction that records them.
    """
    answers = {report.batch.source_id: report for report in reports if report.tries}
    known = SourceState.objects.in_bulk(answers)
    for source_id, report in answers.items():
        if report.trouble is not None:
            _open(source_id, report.trouble, known, now)
        elif source_id in known and known[source_id].failures:
            SourceState.objects.filter(pk=source_id).update(
                failures=0, held_until=None, reason="", status_code=None, changed_at=now
            )
            log.info("breaker closed source=%d", source_id)


def _open(source_id: int, trouble: Answer, known: Mapping[int, SourceState], now: datetime) -> None:
    failures = (known[source_id].failures if source_id in known else 0) + 1
    jitter = random.random()  # noqa: S311 (spreads load, guards nothing)
    seconds = back_off_seconds(failures, trouble.retry_after_seconds, jitter)
    SourceState.objects.update_or_create(
        pk=source_id,
        defaults={
            "failures": failures,
            "held_until": now + timedelta(seconds=seconds),
            "reason": waiting_reason(trouble),
            "status_code": trouble.status,
            "changed_at": now,
        },
    )
    log.info(
        "breaker open source=%d failures=%d seconds=%.1f reason=%s",
        source_id,
        failures,
        seconds,
        waiting_reason(trouble),
    )


def waiting_reason(answer: Answer) -> str:
    """The code of the sentence for what waits because of `answer` (`workflows.reasons`)."""
    if answer.outcome is Outcome.RATE_LIMITED:
        return "rate_limited"
    return "segment_unreachable" if answer.status is None else "segment_error"
