"""Removing whole runs: a submission with all its deliveries, or none of it.

An attempt is shared with the deliveries of other runs. It goes once it is older than every submission; what
it may quote of somebody who is erased goes at once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Source
from workflows.models import Attempt, AttemptOutcome, Delivery, DeliveryStatus, Lease, Submission

AT_A_TIME = 1_000  # keys in one statement


@dataclass(frozen=True, slots=True)
class Counts:
    """Of what was removed, or would be. Attempts are those of the deliveries, shared ones included."""

    submissions: int = 0
    deliveries: int = 0
    attempts: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.submissions + other.submissions,
            self.deliveries + other.deliveries,
            self.attempts + other.attempts,
        )

    def __bool__(self) -> bool:
        return self != Counts()

    def __str__(self) -> str:
        return f"submissions={self.submissions} deliveries={self.deliveries} attempts={self.attempts}"


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that nobody else can change until the transaction ends."""

    id: uuid.UUID
    submission_id: uuid.UUID
    source_id: int | None
    status: str
    attempt_count: int
    leased_until: datetime | None = None

    def is_being_sent(self, now: datetime) -> bool:
        """Whether a worker holds it; a lease that ran out holds nothing any more."""
        return self.leased_until is not None and self.leased_until > now


def hold_deliveries(submission_ids: Collection[uuid.UUID]) -> list[Held]:
    """All deliveries of the submissions, locked: PostgreSQL's rows, or SQLite's one writer.

    Call it in a transaction. The order keeps two callers from waiting for each other.
    """
    rows = Delivery.objects.select_for_update().filter(submission_id__in=submission_ids).order_by("pk")
    held = [Held(*row) for row in rows.values_list(*_COLUMNS)]
    leases = _hold_leases(
        {one.source_id for one in held if one.source_id and one.status == DeliveryStatus.PENDING}
    )
    return [
        # A lease names what of it is recorded, too.
        replace(one, leased_until=leases.get(one.id.hex)) if one.status == DeliveryStatus.PENDING else one
        for one in held
    ]


_COLUMNS = ("pk", "submission_id", "source_id", "status", "attempt_count")


def _hold_leases(source_ids: Collection[int]) -> Mapping[str, datetime]:
    """When the leases of the sources' deliveries end, by 32 hex digits; no other is given meanwhile."""
    if not source_ids:
        return {}
    # A claim locks its source before it reads what is due.
    sources = Source.objects.select_for_update(no_key=True).filter(pk__in=source_ids).order_by("pk")
    leases = Lease.objects.filter(source_id__in=list(sources.values_list("pk", flat=True)))
    return {
        pk: expires_at
        for text, expires_at in leases.values_list("delivery_ids", "expires_at")
        for pk in json.loads(text)
    }


def remove_runs(submission_ids: Collection[uuid.UUID], deliveries: Sequence[Held]) -> Counts:
    """Remove the deliveries, and the submissions, which must have no others: two statements.

    Not `delete()`, which would read every row first to follow its relations; nothing else refers to these
    tables, and a test holds that.
    """
    removed = _delete(Delivery.objects.filter(pk__in=[delivery.id for delivery in deliveries]))
    submissions = _delete(Submission.objects.filter(pk__in=submission_ids))
    return Counts(submissions, removed, count_attempts(deliveries))


def count_attempts(deliveries: Iterable[Held]) -> int:
    return sum(delivery.attempt_count for delivery in deliveries)


def erase_quotes(deliveries: QuerySet[Delivery]) -> None:
    """Erase what Segment said where it did not accept the deliveries: its words may quote them.

    Call it in a transaction, before they go.
    """
    keys = deliveries.exclude(attempt_keys="").values_list("attempt_keys", flat=True)
    ids = sorted({int(key) for text in keys.iterator() for key in text.split()})
    for start in range(0, len(ids), AT_A_TIME):
        tried = Attempt.objects.filter(pk__in=ids[start : start + AT_A_TIME])
        quoting = tried.exclude(outcome=AttemptOutcome.ACCEPTED).exclude(answer="").order_by("pk")
        # Locked in one order: two erasures that share attempts never wait in a circle.
        held = list(quoting.select_for_update().values_list("pk", flat=True))
        Attempt.objects.filter(pk__in=held).update(answer="")


def prune_attempts(limit: int) -> int:
    """Remove up to `limit` attempts that are older than every submission; how many.

    A day older: while a clock is put back, an attempt looks older than what it was made for.
    """
    oldest = Submission.objects.order_by("pk").values_list("received_at", flat=True).first()
    before = (oldest or timezone.now()) - timedelta(days=1)
    old = Attempt.objects.filter(started_at__lt=before).order_by("started_at").values("pk")[:limit]
    return _delete(Attempt.objects.filter(pk__in=old))


def _delete(rows: QuerySet[Any]) -> int:
    return rows._raw_delete(connection.alias) or 0  # None when no id was given
