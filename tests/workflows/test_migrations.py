"""Migrations that move data, with some in it, on whichever database the tests run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tests import factories


@pytest.fixture
def before_shared_attempts(transactional_db: None) -> Iterator[Any]:
    """The models as they were; afterwards the tables are as they should be."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([("workflows", "0010_leases")])
    yield executor.loader.project_state([("workflows", "0010_leases")]).apps
    MigrationExecutor(connection).migrate(newest)


def test_deliveries_name_the_attempts_that_were_theirs(before_shared_attempts: Any) -> None:
    survey = factories.make_survey(factories.make_brand())
    submission = factories.make_submission(survey)
    old = before_shared_attempts
    now = timezone.now()
    deliveries = [
        old.get_model("workflows", "Delivery").objects.create(
            id=uuid.uuid4(),
            brand_id=survey.brand_id,
            submission_id=submission.pk,
            attempt_count=count,
            next_attempt_at=now,
            created_at=now,
        )
        for count in (2, 0, 1)
    ]
    attempts = {
        (delivery.pk, number): old.get_model("workflows", "Attempt").objects.create(
            delivery=delivery,
            number=number,
            started_at=now,
            duration_ms=1,
            outcome="retry",
            answer=f"no {number}",
            batch_size=1,
        )
        for delivery, number in ((deliveries[0], 2), (deliveries[2], 1), (deliveries[0], 1))
    }
    executor = MigrationExecutor(connection)
    executor.migrate([("workflows", "0011_shared_attempts")])
    new = executor.loader.project_state([("workflows", "0011_shared_attempts")]).apps
    keys = dict(new.get_model("workflows", "Delivery").objects.values_list("pk", "attempt_keys"))
    first, second = (attempts[deliveries[0].pk, number].pk for number in (1, 2))
    assert keys == {
        deliveries[0].pk: f"{first} {second} ",
        deliveries[1].pk: "",
        deliveries[2].pk: f"{attempts[deliveries[2].pk, 1].pk} ",
    }
    answers = new.get_model("workflows", "Attempt").objects.order_by("pk").values_list("answer", flat=True)
    assert list(answers) == ["no 2", "no 1", "no 1"]
