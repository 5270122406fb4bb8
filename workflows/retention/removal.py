"""Removing whole runs: a submission with all its deliveries and their attempts, or none of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from workflows.models import Attempt, Delivery, DeliveryStatus, Submission


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by table."""

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
    status: str
    attempt_count: int
    lease_expires_at: datetime | None

    def is_being_sent(self, now: datetime) -> bool:
        """Whether a worker holds it; a lease that ran out holds nothing any more."""
        return self.status == DeliveryStatus.SENDING and (
            self.lease_expires_at is None or self.lease_expires_at > now
        )


def hold_deliveries(submission_ids: Collection[uuid.UUID]) -> list[Held]:
    """All deliveries of the submissions, locked: PostgreSQL's rows, or SQLite's one writer.

    Call it in a transaction. The order keeps two callers from waiting for each other.
    """
    rows = Delivery.objects.select_for_update().filter(submission_id__in=submission_ids).order_by("pk")
    return [Held(*row) for row in rows.values_list(*_COLUMNS)]


_COLUMNS = ("pk", "submission_id", "status", "attempt_count", "lease_expires_at")


def remove_runs(submission_ids: Collection[uuid.UUID], deliveries: Sequence[Held]) -> Counts:
    """Remove the deliveries, and the submissions, which must have no others: three statements.

    Not `delete()`, which would read every row first to follow its relations; nothing else refers to these
    tables, and a test holds that.
    """
    ids = [delivery.id for delivery in deliveries]
    attempts = _delete(Attempt.objects.filter(delivery_id__in=ids))
    removed = _delete(Delivery.objects.filter(pk__in=ids))
    return Counts(_delete(Submission.objects.filter(pk__in=submission_ids)), removed, attempts)


def _delete(rows: QuerySet[Any]) -> int:
    return rows._raw_delete(connection.alias) or 0  # None when no id was given
