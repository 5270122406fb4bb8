"""Deliveries in a wanted state, and how many queries a page takes."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from workflows.identifiers import delivery_id
from workflows.models import Attempt, Delivery, SegmentTask, Submission

HTMX = {"HX-Request": "true"}


def make_delivery(
    submission: Submission, task: SegmentTask, status: str = "accepted", **columns: Any
) -> Delivery:
    """A delivery as the worker leaves it, without building or sending anything."""
    now = timezone.now()
    key = delivery_id(submission.pk, task.pk)
    event = {"type": "identify", "messageId": f"tributary-{key}", "traits": {}}
    values: dict[str, Any] = {
        "workflow": task.workflow,
        "revision": task.current_revision,
        "source": task.source,
        "region": task.region,
        "body": json.dumps(event),
        "next_attempt_at": now,
        "created_at": now,
        "finished_at": None if status == "pending" else now,
    }
    Submission.objects.filter(pk=submission.pk).update(planned_at=now)
    return Delivery.objects.create(
        id=key, brand=submission.brand, submission=submission, task=task, status=status, **(values | columns)
    )


def make_skipped(submission: Submission) -> Delivery:
    """What a submission becomes that no saved task takes."""
    now = timezone.now()
    Submission.objects.filter(pk=submission.pk).update(planned_at=now)
    return Delivery.objects.create(
        id=delivery_id(submission.pk, None),
        brand=submission.brand,
        submission=submission,
        status="skipped",
        reason="no_task",
        next_attempt_at=now,
        created_at=now,
        finished_at=now,
    )


def make_attempt(delivery: Delivery, outcome: str = "accepted", **columns: Any) -> Attempt:
    values: dict[str, Any] = {"started_at": timezone.now(), "duration_ms": 12, "batch_size": 1}
    attempt = Attempt.objects.create(outcome=outcome, **(values | columns))
    delivery.attempt_count += 1
    delivery.attempt_keys += f"{attempt.pk} "
    delivery.save()
    return attempt


def count_queries(client: Client, url: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, headers=headers).status_code == 200
    return len(captured)
