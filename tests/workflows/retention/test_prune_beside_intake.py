"""Retention while submissions come in and go out: real threads, one SQLite file."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from segment.sandbox import RunningSandbox
from tests import factories
from tests.databases import sqlite_only
from tests.segment.helpers import records, wait_until
from tests.workflows.delivery.helpers import make_survey_with_task
from tests.workflows.delivery.test_worker import running
from tests.workflows.retention.helpers import days_ago, id_at
from workflows.delivery.leases import make_lease
from workflows.identifiers import delivery_id
from workflows.models import Delivery, Lease, Submission, Survey
from workflows.retention import prune

pytestmark = [pytest.mark.django_db(transaction=True), sqlite_only]
OLD = 3_000
NEW = 40  # of each sender
SENDERS = 3


def make_history(survey: Survey) -> None:
    moments = [days_ago(100) + timedelta(seconds=number) for number in range(OLD)]
    submissions = [
        Submission(id=id_at(at), brand=survey.brand, survey=survey, received_at=at, answers={}, planned_at=at)
        for at in moments
    ]
    Submission.objects.bulk_create(submissions)
    Delivery.objects.bulk_create(
        Delivery(
            id=delivery_id(row.id, 1),
            brand=survey.brand,
            submission=row,
            status="accepted",
            next_attempt_at=row.received_at,
            created_at=row.received_at,
        )
        for row in submissions
    )


def send_some(survey: Survey, number: int, seconds: list[float], statuses: list[int]) -> None:
    client = Client()
    try:
        for index in range(NEW):
            started = time.monotonic()
            answer = client.post(
                f"/submit/{survey.submit_key}/", {"email": f"new-{number}-{index}"}, "application/json"
            )
            seconds.append(time.monotonic() - started)
            statuses.append(answer.status_code)
    finally:
        connections.close_all()


def test_a_worker_prunes_while_submissions_come_in_and_go_out(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DELIVERY_LEASE_SECONDS = 600
    monkeypatch.setattr(prune, "BUSY_PAUSE_SECONDS", 0.01)  # more bites meet more submissions
    survey, _ = make_survey_with_task()
    make_history(survey)
    stuck = Submission.objects.order_by("pk")[OLD // 2]
    # By a worker that holds its lease to the end, and no other source's place.
    source = factories.make_source(survey.brand)
    stuck.deliveries.update(status="pending", source=source)
    make_lease("elsewhere", source.pk, [delivery_id(stuck.pk, 1).hex], timezone.now())
    seconds: list[float] = []
    statuses: list[int] = []
    arguments: list[tuple[Any, ...]] = [(survey, number, seconds, statuses) for number in range(SENDERS)]
    senders = [threading.Thread(target=send_some, args=some) for some in arguments]
    with running():
        for sender in senders:
            sender.start()
        wait_until(lambda: Submission.objects.filter(pk__lt=prune.cutoff_id(90)).count() == 1, 30)
        for sender in senders:
            sender.join(30)
        wait_until(lambda: Delivery.objects.filter(status="accepted").count() == NEW * SENDERS, 30)
    expected = {f"new-{number}-{index}" for number in range(SENDERS) for index in range(NEW)}
    assert statuses == [202] * NEW * SENDERS
    assert sorted(record["event"]["userId"] for record in records(sandbox)) == sorted(expected)
    assert Submission.objects.filter(pk__lt=prune.cutoff_id(90)).get() == stuck
    assert Delivery.objects.filter(submission=stuck).count() == 1
    assert Lease.objects.get().owner == "elsewhere"
    assert max(seconds) < 5  # nobody came near the 20 seconds that SQLite waits for its lock
