"""Runs of another day, as intake, planner and outbox leave them."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tests import factories
from workflows.identifiers import delivery_id, first_id_at
from workflows.models import Attempt, Delivery, Submission, Survey
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
    delivery = Delivery.objects.create(
        id=delivery_id(submission.pk, number),
        brand=submission.brand,
        submission=submission,
        status=status,
        body=body,
        attempt_count=1,
        next_attempt_at=submission.received_at,
        created_at=submission.received_at,
    )
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        started_at=submission.received_at,
        duration_ms=10,
        outcome="accepted",
        batch_size=1,
    )
    return delivery


def count_rows() -> Counts:
    return Counts(Submission.objects.count(), Delivery.objects.count(), Attempt.objects.count())
