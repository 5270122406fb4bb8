"""The rows that benchmarks measure on: as many as asked for, and such as the product makes."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
from django.db import connection

from benchmarks import history, seed
from workflows.delivery import outbox
from workflows.models import Attempt, Delivery, SegmentTask, Submission

pytestmark = pytest.mark.django_db


def test_a_backlog_becomes_two_events_each_once_it_is_planned() -> None:
    seeded = seed.seed_survey()
    seed.seed_backlog(7)
    assert Submission.objects.filter(planned_at=None).count() == 7
    seed.plan_all()
    rows = Delivery.objects.values_list("source__slug", "status")
    assert Counter(rows) == {("website", "pending"): 7, ("mobile-app", "pending"): 7}
    assert set(seeded["write_keys"]) == {"website", "mobile-app"}


@pytest.fixture
def filled() -> int:
    if connection.vendor != "sqlite":
        pytest.skip("the PostgreSQL way vacuums, which no test's transaction allows")
    seed.seed_survey()
    history.fill_history(10_000)
    return 10_000


def test_history_has_the_shares_it_says(filled: int) -> None:
    counts = Counter(Delivery.objects.values_list("status", flat=True))
    assert counts == {
        "accepted": filled * 92 // 100,
        "rejected": filled * 4 // 100,
        "failed": filled * 2 // 100,
        "skipped": filled * 2 // 100,
        "pending": history.PENDING,
    }
    assert Submission.objects.count() == (filled + history.PENDING) // 2
    named = {key for delivery in Delivery.objects.all() for key in delivery.attempt_ids}
    assert named == set(Attempt.objects.filter(pk__in=named).values_list("pk", flat=True))
    assert len(named) == filled // history.TOGETHER
    assert Submission.objects.filter(planned_at=None).count() == 0


def test_history_keeps_the_database_s_rules(filled: int) -> None:
    connection.check_constraints()
    assert Delivery.objects.filter(submission__id=None).count() == 0
    ids = list(Submission.objects.order_by("received_at").values_list("id", flat=True))
    assert {pk.version for pk in ids} == {7}
    assert ids == sorted(ids, key=lambda pk: pk.int)
    assert all(isinstance(pk, uuid.UUID) for pk in ids)


def test_what_history_leaves_pending_can_be_claimed(filled: int) -> None:
    for task in SegmentTask.objects.all():
        assert task.source_id is not None
        assert len(outbox.claim("w1", 10_000, [task.source_id])) == history.PENDING // 2
