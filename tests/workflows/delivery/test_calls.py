from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import F

from tests import factories
from tests.databases import postgresql_only
from tests.workflows.delivery.helpers import make_source, make_survey_with_task, submit
from tests.workflows.delivery.threads import run_in_thread
from workflows.delivery.calls import CALL_SECONDS, forget_calls, note_calls, take_call
from workflows.delivery.plan import PLANNER_LOCK
from workflows.delivery.turns import plan_in_turn
from workflows.models import DrainCall, Submission

pytestmark = [pytest.mark.django_db(transaction=True), postgresql_only]


@pytest.fixture
def source_ids() -> list[int]:
    brand = factories.make_brand()
    return [make_source(brand, slug).pk for slug in ("website", "mobile-app")]


def test_a_source_is_called_once_until_somebody_answers(source_ids: list[int]) -> None:
    first, second = source_ids
    assert note_calls([]) == set()
    assert note_calls([first]) == {first}
    assert note_calls([second, first, second]) == {second}
    assert (take_call(first), take_call(first)) == (True, False)
    assert note_calls(source_ids) == {first}


def test_a_call_that_nobody_answers_is_made_again(source_ids: list[int]) -> None:
    note_calls(source_ids)
    calls = DrainCall.objects.filter(pk=source_ids[0])
    calls.update(asked_at=F("asked_at") - timedelta(seconds=CALL_SECONDS + 1))
    assert note_calls(source_ids) == {source_ids[0]}
    assert note_calls(source_ids) == set()


def test_a_call_from_before_the_clock_was_put_back_is_made_again(source_ids: list[int]) -> None:
    note_calls(source_ids)
    DrainCall.objects.filter(pk=source_ids[0]).update(asked_at=F("asked_at") + timedelta(hours=1))
    assert note_calls(source_ids) == {source_ids[0]}


def test_a_call_that_could_not_be_sent_is_forgotten(source_ids: list[int]) -> None:
    note_calls(source_ids)
    forget_calls(source_ids[:1])
    assert note_calls(source_ids) == {source_ids[0]}


def test_whoever_has_the_turn_plans() -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    assert [plan_in_turn(2), plan_in_turn(2), plan_in_turn(2)] == [2, 1, 0]


def test_one_waits_for_the_turn_and_finds_what_came_meanwhile_and_a_third_does_not_wait() -> None:
    survey, _ = make_survey_with_task()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNER_LOCK])
            waiting = run_in_thread(lambda: plan_in_turn(10))
            waiting.wait_until_blocked()
            submit(survey, 2)
            assert plan_in_turn(10) == 0
            assert Submission.objects.filter(planned_at=None).count() == 2
            cursor.execute("COMMIT")
    finally:
        other.close()
    assert waiting.result() == 2
    assert connection.in_atomic_block is False
