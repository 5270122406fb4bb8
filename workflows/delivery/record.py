"""What became of claimed deliveries: attempts and new states, written in bulk.

Only for rows that the owner still holds: who lost a lease has no say any more.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from segment.tracking import Answer
from workflows.delivery import breaker
from workflows.delivery.batches import Claimed, Report, Try
from workflows.delivery.breaker import waiting_reason
from workflows.delivery.bulk import hex_id, ids_query, ids_value, write_time
from workflows.delivery.figures import count_outcomes, count_requests
from workflows.delivery.leases import take_from
from workflows.delivery.outcome_log import Recorded, log_outcomes
from workflows.delivery.retry import Decision, decide
from workflows.metrics.counts import Counts, write_counts
from workflows.models import Attempt, DeliveryStatus

log = logging.getLogger(__name__)

SECRET_RETRY_SECONDS = 60
ANSWER_CHARACTERS = 300  # of Segment's words in a reason; the attempt keeps up to 2,000


@dataclass(frozen=True, slots=True)
class Fate:
    """A delivery's new state. Equal ones are written in one statement, so the parameters are JSON text."""

    status: str
    reason: str = ""
    params: str = "{}"
    next_attempt_at: datetime | None = None  # None: as it was


@dataclass(frozen=True, slots=True)
class _Group:
    """Deliveries that were tried together and meet the same fate: nearly always a whole batch."""

    items: Sequence[Claimed]
    tries: tuple[Try, ...]
    fate: Fate


def record(owner: str, reports: Iterable[Report], now: datetime | None = None) -> Counter[str]:
    """Write attempts and states of what was tried; how many deliveries got which status."""
    now = now or timezone.now()
    reports = list(reports)
    counts = Counts()
    for report in reports:
        count_requests(report.tries, counts)
    groups = [group for report in reports for group in _judge(report, now)]
    with transaction.atomic():
        breaker.note(reports, now)
        outcomes = _write(owner, groups, now, counts)
    log_outcomes(outcomes)
    return Counter(outcome.status for outcome in outcomes)


def postpone(
    owner: str, claimed: Iterable[Claimed], reason: str, now: datetime | None = None
) -> Counter[str]:
    """Let deliveries wait that could not be tried, or fail those that have waited too long."""
    now = now or timezone.now()
    later = Fate(DeliveryStatus.PENDING, reason, "{}", now + timedelta(seconds=SECRET_RETRY_SECONDS))
    failed = Fate(DeliveryStatus.FAILED, reason)
    fates = [
        (failed if item.give_up_at is not None and now >= item.give_up_at else later, item)
        for item in claimed
    ]
    return _settle(owner, fates, now)


def reject(owner: str, claimed: Iterable[Claimed], reason: str) -> Counter[str]:
    """Reject deliveries that cannot be tried at all."""
    rejected = Fate(DeliveryStatus.REJECTED, reason)
    return _settle(owner, [(rejected, item) for item in claimed], timezone.now())


def _settle(owner: str, fates: Iterable[tuple[Fate, Claimed]], now: datetime) -> Counter[str]:
    by_fate: dict[tuple[Fate, int], list[Claimed]] = {}
    for fate, item in fates:
        by_fate.setdefault((fate, item.attempt_count), []).append(item)
    with transaction.atomic():
        groups = [_Group(items, (), fate) for (fate, _), items in by_fate.items()]
        outcomes = _write(owner, groups, now, Counts())
    log_outcomes(outcomes)
    return Counter(outcome.status for outcome in outcomes)


def _judge(report: Report, now: datetime) -> Iterator[_Group]:
    jitter = random.random()  # noqa: S311 (one for the batch: what failed together is tried together)
    for tries, items in _sort_by_tries(report):
        alike: dict[tuple[int, datetime | None], list[Claimed]] = {}
        for item in items:
            alike.setdefault((item.attempt_count, item.give_up_at), []).append(item)
        for (count, give_up_at), some in alike.items():
            fate = Fate(DeliveryStatus.PENDING)  # given back, unless a try was final
            if tries and tries[-1].is_final:
                fate = _decide_fate(tries[-1].answer, count + len(tries), give_up_at, now, jitter)
            yield _Group(some, tries, fate)


def _sort_by_tries(report: Report) -> Iterable[tuple[tuple[Try, ...], Sequence[Claimed]]]:
    """The batch's deliveries by the requests they were part of."""
    if len(report.tries) == 1:
        return [(report.tries, report.tries[0].items)]
    tries_of: dict[str, list[int]] = {item.id: [] for item in report.batch.items}
    for number, attempt in enumerate(report.tries):
        for item in attempt.items:
            tries_of[item.id].append(number)
    found: dict[tuple[int, ...], list[Claimed]] = {}
    for item in report.batch.items:
        found.setdefault(tuple(tries_of[item.id]), []).append(item)
    return [(tuple(report.tries[number] for number in key), items) for key, items in found.items()]


def _decide_fate(
    answer: Answer, count: int, give_up_at: datetime | None, now: datetime, jitter: float
) -> Fate:
    decision = decide(answer.outcome, count, answer.retry_after_seconds, now, give_up_at, jitter)
    reason, params = _explain(decision, answer, count)
    return Fate(decision.status, reason, json.dumps(params), decision.next_attempt_at)


def _explain(decision: Decision, answer: Answer, count: int) -> tuple[str, dict[str, Any]]:
    if decision.status == "accepted":
        return "", {}
    if decision.status == "rejected":
        return "segment_refused", {
            "status": answer.status,
            "answer": " ".join(_clean(answer.text).split())[:ANSWER_CHARACTERS],
        }
    if decision.status == "failed":
        hours = max(1, round(settings.DELIVERY_GIVE_UP_SECONDS / 3600))
        return "gave_up", {"hours": hours, "attempts": count, "last": waiting_reason(answer)}
    return waiting_reason(answer), {"status": answer.status} if answer.status else {}


def _clean(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL stores none


def _write(owner: str, groups: Iterable[_Group], now: datetime, counts: Counts) -> list[Recorded]:
    """Write what became of the deliveries that `owner` still holds, and count it; what to tell of them."""
    groups = list(groups)
    held = take_from(owner, _count_by_lease(groups))
    still_held = [
        (group, items) for group in groups if (items := [item for item in group.items if item.lease in held])
    ]
    keys = _add_attempts(group for group, _ in still_held)
    outcomes: list[Recorded] = []
    for group, items in still_held:
        is_changed = group.tries or group.fate.reason  # what was given back untried waits as it did
        outcomes += _tell(group, _update(group, items, keys, now) if is_changed else items)
    count_outcomes(outcomes, now, counts)
    write_counts(counts)
    return outcomes


def _count_by_lease(groups: Iterable[_Group]) -> Counter[int]:
    return Counter(item.lease for group in groups for item in group.items)


def _add_attempts(groups: Iterable[_Group]) -> dict[int, int]:
    """A row for each request; their keys by the `id()` of its try, which is as long as its batch."""
    tries = {id(attempt): attempt for group in groups for attempt in group.tries}
    rows = Attempt.objects.bulk_create(
        Attempt(
            started_at=attempt.started_at,
            duration_ms=round(attempt.answer.duration_seconds * 1000),
            outcome=attempt.answer.outcome.value,
            status_code=attempt.answer.status,
            answer=_clean(attempt.answer.text),
            batch_size=len(attempt.items),
        )
        for attempt in tries.values()
    )
    return {key: row.pk for key, row in zip(tries, rows, strict=True)}


def _update(
    group: _Group, items: Sequence[Claimed], keys: Mapping[int, int], now: datetime
) -> Sequence[Claimed]:
    """Those of the deliveries that were there to be changed: others were erased meanwhile.

    One statement for all that meet the same fate. `keys` are those of the attempts.
    """
    fate = group.fate
    changes: dict[str, Any] = {
        "status": str(fate.status),
        "reason": fate.reason,
        "reason_params": fate.params,
    }
    if fate.next_attempt_at is not None:
        changes["next_attempt_at"] = write_time(fate.next_attempt_at)
    if fate.status != DeliveryStatus.PENDING:
        changes["finished_at"] = write_time(now)
    columns = ", ".join(f"{column} = %s" for column in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE workflows_delivery SET {columns}, attempt_count = attempt_count + %s, "
            "attempt_keys = attempt_keys || %s "
            f"WHERE id IN ({ids_query()}) AND status = 'pending' RETURNING {hex_id('id')}",
            [
                *changes.values(),
                len(group.tries),
                "".join(f"{keys[id(attempt)]} " for attempt in group.tries),
                ids_value(item.id for item in items),
            ],
        )
        rows = cursor.fetchall()
    if len(rows) == len(items):
        return items
    changed = {pk for (pk,) in rows}
    return [item for item in items if item.id in changed]


def _tell(group: _Group, items: Iterable[Claimed]) -> list[Recorded]:
    answer = group.tries[-1].answer if group.tries else None
    status, reason, code = group.fate.status, group.fate.reason, answer.status if answer else None
    ms = round(answer.duration_seconds * 1000) if answer else None
    attempts = group.items[0].attempt_count + len(group.tries)
    return [Recorded(status, item.submission_id, item.id, attempts, code, ms, reason) for item in items]
