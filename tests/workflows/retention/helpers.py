"""Runs of another day, as intake, planner and outbox leave them."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Brand, Source
from tests import factories
from workflows.delivery.leases import make_lease
from workflows.identifiers import delivery_id, first_id_at
from workflows.models import Attempt, Delivery, Lease, Submission, Survey
from workflows.retention.removal import Counts


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def id_at(moment: datetime) -> uuid.UUID:
    """A time-ordered id of that moment, as the product's own."""
    return uuid.UUID(int=first_id_at(moment).int | secrets.randbits(62))


def make_run(
    survey: Survey,
    received_at: datetime,
    statuses: tuple[str, ...] = ("accepted",),
    answers: dict[str, Any] | None = None,
    body: str = "{}",
    **columns: Any,
) -> Submission:
    """A planned submission with a delivery a status, each tried once."""
    values = {"id": id_at(received_at), "planned_at": received_at} | columns
    submission = factories.make_submission(survey, answers, received_at=received_at, **values)
    for number, status in enumerate(statuses, start=1):
        make_delivery(submission, number, status, body)
    return submission


def make_delivery(submission: Submission, number: int, status: str, body: str = "{}") -> Delivery:
    attempt = Attempt.objects.create(
        started_at=submission.received_at, duration_ms=10, outcome="accepted", batch_size=1
    )
    return Delivery.objects.create(
        id=delivery_id(submission.pk, number),
        brand=submission.brand,
        submission=submission,
        source=source_of(submission.brand),
        status=status,
        body=body,
        attempt_count=1,
        attempt_keys=f"{attempt.pk} ",
        next_attempt_at=submission.received_at,
        created_at=submission.received_at,
    )


def source_of(brand: Brand) -> Source:
    """The one that all of the brand's deliveries go to."""
    return Source.objects.filter(brand=brand).first() or factories.make_source(brand)


def lease(submission: Submission, number: int = 1, seconds: float = 600) -> None:
    """A worker sends this delivery of the submission, and may for that long; it ran out where negative."""
    source, now = source_of(submission.brand), timezone.now()
    pk = make_lease("w1", source.pk, [delivery_id(submission.pk, number).hex], now)
    Lease.objects.filter(pk=pk).update(expires_at=now + timedelta(seconds=seconds))


def count_rows() -> Counts:
    """Attempts as the deliveries name them."""
    named = sum(len(delivery.attempt_ids) for delivery in Delivery.objects.all())
    return Counts(Submission.objects.count(), Delivery.objects.count(), named)
