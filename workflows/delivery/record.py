"""What became of claimed deliveries: attempts and new states, written in bulk.

Only for rows that the owner still holds: who lost a lease has no say any more.
"""

from __future__ import annotations

import json
import logging
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Claimed, Report, Try
from workflows.delivery.figures import count_outcomes, count_requests
from workflows.delivery.outcome_log import Recorded, log_outcomes
from workflows.delivery.retry import Decision, decide
from workflows.metrics.counts import Counts, write_counts
from workflows.models import Attempt, Delivery, DeliveryStatus

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
    tries: list[Try] = field(default_factory=list)


def record(owner: str, reports: Iterable[Report], now: datetime | None = None) -> Counter[str]:
    """Write attempts and states of what was tried; how many deliveries got which status."""
    now = now or timezone.now()
    results: dict[uuid.UUID, _Result] = {}
    counts = Counts()
    for report in reports:
        _judge(report, results, now)
        count_requests(report.tries, counts)
    return _write(owner, results.values(), now, counts)


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
    return _write(owner, results, now, Counts())


def reject(owner: str, claimed: Iterable[Claimed], reason: str) -> Counter[str]:
    """Reject deliveries that cannot be tried at all."""
    rejected = Fate(DeliveryStatus.REJECTED, reason)
    return _write(owner, [_Result(item, rejected) for item in claimed], timezone.now(), Counts())


def _judge(report: Report, results: dict[uuid.UUID, _Result], now: datetime) -> None:
    for item in report.batch.items:
        results[item.id] = _Result(item)
    jitter = random.random()  # noqa: S311 (one for the batch: what failed together is tried together)
    for attempt in report.tries:
        for item in attempt.items:
            result = results[item.id]
            result.tries.append(attempt)
            if attempt.is_final:
                result.fate = _decide_fate(item, attempt.answer, len(result.tries), now, jitter)


def _decide_fate(item: Claimed, answer: Answer, tries: int, now: datetime, jitter: float) -> Fate:
    count = item.attempt_count + tries
    decision = decide(answer.outcome, count, answer.retry_after_seconds, now, item.give_up_at, jitter)
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
        return "gave_up", {"hours": hours, "attempts": count, "last": _waiting_reason(answer)}
    return _waiting_reason(answer), {"status": answer.status} if answer.status else {}


def _clean(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL stores none


def _waiting_reason(answer: Answer) -> str:
    if answer.outcome is Outcome.RATE_LIMITED:
        return "rate_limited"
    return "segment_unreachable" if answer.status is None else "segment_error"


def _write(owner: str, results: Iterable[_Result], now: datetime, counts: Counts) -> Counter[str]:
    by_id = {result.item.id: result for result in results}
    with transaction.atomic():
        held = _read_held(owner, by_id)
        kept = [result for pk, result in by_id.items() if pk in held]
        Attempt.objects.bulk_create([row for result in kept for row in _make_attempts(result)])
        for (fate, tries), ids in _group_by_fate(kept).items():
            _update(owner, ids, fate, tries, now)
        outcomes = [_tell(result) for result in kept]
        count_outcomes(outcomes, now, counts)
        write_counts(counts)
    if len(kept) < len(by_id):
        log.warning("leases lost owner=%s deliveries=%d", owner, len(by_id) - len(kept))
    log_outcomes(outcomes)
    return Counter(result.fate.status for result in kept)


def _read_held(owner: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    held = Delivery.objects.select_for_update().filter(
        pk__in=list(ids), status=DeliveryStatus.SENDING, lease_owner=owner
    )
    return set(held.values_list("pk", flat=True))


def _make_attempts(result: _Result) -> list[Attempt]:
    return [
        Attempt(
            delivery_id=result.item.id,
            number=number,
            started_at=attempt.started_at,
            duration_ms=round(attempt.answer.duration_seconds * 1000),
            outcome=attempt.answer.outcome.value,
            status_code=attempt.answer.status,
            answer=_clean(attempt.answer.text),
            batch_size=len(attempt.items),
        )
        for number, attempt in enumerate(result.tries, start=result.item.attempt_count + 1)
    ]


def _group_by_fate(results: Iterable[_Result]) -> Mapping[tuple[Fate, int], list[uuid.UUID]]:
    groups: dict[tuple[Fate, int], list[uuid.UUID]] = {}
    for result in results:
        groups.setdefault((result.fate, len(result.tries)), []).append(result.item.id)
    return groups


def _update(owner: str, ids: Sequence[uuid.UUID], fate: Fate, tries: int, now: datetime) -> None:
    changes: dict[str, Any] = {"status": fate.status, "lease_owner": "", "lease_expires_at": None}
    if tries or fate.reason:  # given back untried, it keeps the reason it waits for
        changes |= {"reason": fate.reason, "reason_params": json.loads(fate.params)}
    if fate.next_attempt_at is not None:
        changes["next_attempt_at"] = fate.next_attempt_at
    if fate.status != DeliveryStatus.PENDING:
        changes["finished_at"] = now
    held = Delivery.objects.filter(pk__in=ids, status=DeliveryStatus.SENDING, lease_owner=owner)
    held.update(attempt_count=F("attempt_count") + tries, **changes)


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
