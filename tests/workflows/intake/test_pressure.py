"""Nothing is promised that cannot be kept: a full backlog, a full disk."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_brand, make_survey
from tests.workflows.delivery.helpers import make_survey_with_task, submit
from tests.workflows.intake.helpers import error_code, post_json
from workflows.delivery.backlog import is_backlog_over
from workflows.delivery.plan import plan_submissions
from workflows.intake import pressure
from workflows.intake.pressure import gauge
from workflows.models import Delivery, Submission, Survey

pytestmark = pytest.mark.django_db

LISTED = "https://www.example.com"


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand(), allowed_origins=[LISTED])


def test_past_the_limit_submissions_are_refused_until_there_is_room(
    client: Client, survey: Survey, settings: Any
) -> None:
    settings.MAX_BACKLOG = 1
    for _ in range(2):
        assert post_json(client, survey, {}).status_code == 202
        gauge.forget()
    refused = post_json(client, survey, {}, Origin=LISTED)
    assert error_code(refused) == (503, "backlog_full")
    assert refused["Retry-After"] == "60"
    assert refused["Access-Control-Allow-Origin"] == LISTED
    assert Submission.objects.count() == 2
    plan_submissions(10)  # without a task they are skipped, and so finished
    gauge.forget()
    assert post_json(client, survey, {}).status_code == 202


def test_the_backlog_is_what_is_not_planned_and_what_is_not_finished() -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 5)
    plan_submissions(2)
    assert (is_backlog_over(5), is_backlog_over(4), is_backlog_over(2)) == (False, True, True)
    Delivery.objects.update(status="accepted")
    assert (is_backlog_over(3), is_backlog_over(2)) == (False, True)


def test_a_full_disk_takes_nothing_and_recovers_by_itself(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [0.0]
    monkeypatch.setattr(pressure, "free_bytes", lambda: free[0])
    refused = post_json(client, survey, {})
    assert error_code(refused) == (503, "unavailable")
    assert refused["Retry-After"] == "60"
    free[0] = float(pressure.MIN_FREE_BYTES)
    gauge.forget()
    assert post_json(client, survey, {}).status_code == 202


def test_it_is_looked_at_every_few_seconds_and_not_with_each_request(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(pressure, "is_backlog_over", lambda limit: bool(looks.append(limit)))
    now = [1_000.0]
    monkeypatch.setattr(pressure.time, "monotonic", lambda: now[0])
    gauge.forget()
    for _ in range(5):
        gauge.read()
    assert len(looks) == 1
    now[0] += pressure.LOOK_SECONDS
    gauge.read()
    gauge.read()
    assert len(looks) == 2


def test_a_database_that_does_not_answer_is_left_to_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> bool:
        raise OperationalError

    monkeypatch.setattr(pressure, "is_backlog_over", fail)
    assert gauge.read() == pressure.Trouble.NONE


def test_counting_ends_at_the_limit() -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    with CaptureQueriesContext(connection) as queries:
        is_backlog_over(1)
    assert len(queries) == 1
    assert "LIMIT 2" in queries[0]["sql"]
