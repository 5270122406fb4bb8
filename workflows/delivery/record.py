"""What became of claimed deliveries: attempts and new states, written in bulk.

Only for rows that the owner still holds: who lost a lease has no say any more.
"""

from __future__ import annotations

import json
import logging
import random
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from segment.tracking import Answer
from workflows.delivery import breaker
from workflows.delivery.batches import Claimed, Report, Try
from workflows.delivery.breaker import waiting_reason
from workflows.delivery.bulk import ids_query, ids_value, read_uuid, write_time
from workflows.delivery.figures import count_outcomes, count_requests
from workflows.delivery.outcome_log import Recorded, log_outcomes
from workflows.delivery.retry import Decision, decide
from workflows.metrics.counts import Counts, write_counts
from workflows.models import DeliveryStatus

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


@dataclass(slots=True)
class _Result:
    item: Claimed
    fate: Fate = field(default=Fate(DeliveryStatus.PENDING))  # given back, unless a try was final
    tries: tuple[Try, ...] = ()


def record(owner: str, reports: Iterable[Report], now: datetime | None = None) -> Counter[str]:
    """Write attempts and states of what was tried; how many deliveries got which status."""
    now = now or timezone.now()
    reports = list(reports)
    results: dict[uuid.UUID, _Result] = {}
    counts = Counts()
    for report in reports:
        _judge(report, results, now)
        count_requests(report.tries, counts)
    with transaction.atomic():
        breaker.note(reports, now)
        outcomes = _write(owner, results.values(), now, counts)
    log_outcomes(outcomes)
    return Counter(outcome.status for outcome in outcomes)


def postpone(
    owner: str, claimed: Iterable[Claimed], reason: str, now: datetime | None = None
) -> Counter[str]:
    """Let deliveries wait that could not be tried, or fail those that have waited too long."""
    now = now or timezone.now()
    later = Fate(DeliveryStatus.PENDING, reason, "{}", now + timedelta(seconds=SECRET_RETRY_SECONDS))
    failed = Fate(DeliveryStatus.FAILED, reason)
    results = [
        _Result(item, failed if item.give_up_at is not None and now >= item.give_up_at else later)
        for item in claimed
    ]
    return _settle(owner, results, now)


def reject(owner: str, claimed: Iterable[Claimed], reason: str) -> Counter[str]:
    """Reject deliveries that cannot be tried at all."""
    rejected = Fate(DeliveryStatus.REJECTED, reason)
    return _settle(owner, [_Result(item, rejected) for item in claimed], timezone.now())


def _settle(owner: str, results: Sequence[_Result], now: datetime) -> Counter[str]:
    with transaction.atomic():
        outcomes = _write(owner, results, now, Counts())
    log_outcomes(outcomes)
    return Counter(outcome.status for outcome in outcomes)


def _judge(report: Report, results: dict[uuid.UUID, _Result], now: datetime) -> None:
    for item in report.batch.items:
        results[item.id] = _Result(item)
    jitter = random.random()  # noqa: S311 (one for the batch: what failed together is tried together)
    for attempt in report.tries:
        fates: dict[tuple[int, datetime | None], Fate] = {}  # nearly always one for the whole batch
        for item in attempt.items:
            result = results[item.id]
            result.tries += (attempt,)
            if attempt.is_final:
                count = item.attempt_count + len(result.tries)
                fate = fates.get((count, item.give_up_at))
                if fate is None:
                    fate = _decide_fate(attempt.answer, count, item.give_up_at, now, jitter)
                    fates[count, item.give_up_at] = fate
                result.fate = fate


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


def _write(owner: str, results: Iterable[_Result], now: datetime, counts: Counts) -> list[Recorded]:
    """Write what became of the results that `owner` still holds, and count it; what to tell of them."""
    groups: dict[tuple[Fate, tuple[int, ...], int], list[_Result]] = {}
    for result in results:
        same = (result.fate, tuple(map(id, result.tries)), result.item.attempt_count)
        groups.setdefault(same, []).append(result)
    outcomes: list[Recorded] = []
    lost = 0
    for (fate, _, count), some in groups.items():
        tries = some[0].tries
        held = _update(owner, [result.item.id for result in some], fate, len(tries), now)
        for number, attempt in enumerate(tries, start=count + 1):
            _add_attempts(held, number, attempt)
        if len(held) < len(some):
            lost += len(some) - len(held)
            some = [result for result in some if result.item.id in held]
        outcomes += map(_tell, some)
    if lost:
        log.warning("leases lost owner=%s deliveries=%d", owner, lost)
    count_outcomes(outcomes, now, counts)
    write_counts(counts)
    return outcomes


def _update(
    owner: str, ids: Sequence[uuid.UUID], fate: Fate, tries: int, now: datetime
) -> Collection[uuid.UUID]:
    """One statement for all that have the same fate; the ids of those that `owner` still held."""
    changes: dict[str, Any] = {"status": str(fate.status), "lease_owner": "", "lease_expires_at": None}
    if tries or fate.reason:  # given back untried, it keeps the reason it waits for
        changes |= {"reason": fate.reason, "reason_params": fate.params}
    if fate.next_attempt_at is not None:
        changes["next_attempt_at"] = write_time(fate.next_attempt_at)
    if fate.status != DeliveryStatus.PENDING:
        changes["finished_at"] = write_time(now)
    columns = ", ".join(f"{column} = %s" for column in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE workflows_delivery SET {columns}, attempt_count = attempt_count + %s "
            f"WHERE id IN ({ids_query()}) AND status = 'sending' AND lease_owner = %s RETURNING id",
            [*changes.values(), tries, ids_value(ids), owner],
        )
        rows = cursor.fetchall()
    return ids if len(rows) == len(ids) else {read_uuid(pk) for (pk,) in rows}


def _add_attempts(ids: Collection[uuid.UUID], number: int, attempt: Try) -> None:
    answer = attempt.answer
    values = {
        "number": number,
        "started_at": write_time(attempt.started_at),
        "duration_ms": round(answer.duration_seconds * 1000),
        "outcome": answer.outcome.value,
        "status_code": answer.status,
        "answer": _clean(answer.text),
        "batch_size": len(attempt.items),
    }
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH held(id) AS ({ids_query()}) "
            f"INSERT INTO workflows_attempt (delivery_id, {', '.join(values)}) "
            f"SELECT id, {places} FROM held",
            [ids_value(ids), *values.values()],
        )


def _tell(result: _Result) -> Recorded:
    answer = result.tries[-1].answer if result.tries else None
    return Recorded(
        status=result.fate.status,
        submission_id=result.item.submission_id,
        delivery_id=result.item.id,
        attempts=result.item.attempt_count + len(result.tries),
        code=answer.status if answer else None,
        ms=round(answer.duration_seconds * 1000) if answer else None,
        reason=result.fate.reason,
    )
