"""The circuit breaker of a source: opened by trouble, probed when half-open, closed by an answer."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from segment.sandbox import RunningSandbox
from tests.segment.helpers import add_fault
from tests.workflows.delivery.helpers import make_due, make_source, make_survey_with_task, send_all, submit
from workflows.delivery import breaker, outbox
from workflows.delivery.plan import plan_submissions
from workflows.models import Breaker, Delivery, SourceState

pytestmark = pytest.mark.django_db


def trip(source_id: int, seconds: float, failures: int = 1) -> None:
    now = timezone.now()
    SourceState.objects.update_or_create(
        pk=source_id,
        defaults={"failures": failures, "held_until": now + timedelta(seconds=seconds), "changed_at": now},
    )


def test_trouble_opens_it_for_as_long_as_segment_says_an_answer_closes_it(
    sandbox: RunningSandbox,
) -> None:
    survey, task = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=429, retry_after=120, times=1)
    now = timezone.now()
    send_all(now=now)
    state = SourceState.objects.get()
    assert (state.source_id, state.failures, state.reason, state.status_code) == (
        task.source_id,
        1,
        "rate_limited",
        429,
    )
    assert state.held_until == now + timedelta(seconds=120)
    assert [state.breaker(now + timedelta(seconds=s)) for s in (119, 120)] == [
        Breaker.OPEN,
        Breaker.HALF_OPEN,
    ]
    make_due()
    send_all()
    state.refresh_from_db()
    assert (state.failures, state.held_until, state.reason, state.status_code) == (0, None, "", None)
    assert state.breaker(timezone.now()) == Breaker.CLOSED


def test_trouble_in_a_row_is_counted(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=503)
    for failures in (1, 2, 3):
        make_due()
        send_all()
        assert SourceState.objects.get().failures == failures


def test_a_refused_event_is_an_answer_and_no_trouble(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=400)
    send_all()
    assert Delivery.objects.get().status == "rejected"
    assert not SourceState.objects.exists()


def test_while_it_is_open_new_events_of_the_source_wait_too_and_others_do_not() -> None:
    survey, task = make_survey_with_task()
    submit(survey, 2)
    other_survey, other_task = make_survey_with_task("mobile-app")
    submit(other_survey)
    plan_submissions(10)
    trip(task.source_id, 60)
    assert outbox.due_sources() == [other_task.source_id]
    assert outbox.claim("w1", 10, [task.source_id]) == []


def test_a_breaker_opened_before_the_clock_was_put_back_is_half_open() -> None:
    survey, task = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    trip(task.source_id, 60)
    now = timezone.now() - timedelta(hours=1)
    Delivery.objects.update(next_attempt_at=now)
    assert SourceState.objects.get().breaker(now) == Breaker.HALF_OPEN
    assert outbox.due_sources(now) == [task.source_id]
    assert len(outbox.claim("w1", 10, now=now)) == 1


def test_half_open_one_owner_probes_with_a_few_events(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.DELIVERY_SOURCE_CONCURRENCY = 4
    monkeypatch.setattr(breaker, "PROBE_EVENTS", 3)
    survey, task = make_survey_with_task()
    submit(survey, 10)
    plan_submissions(10)
    trip(task.source_id, -1)
    assert outbox.due_sources() == [task.source_id]
    assert [len(outbox.claim(owner, 10)) for owner in ("w1", "w2")] == [3, 0]
    assert breaker.failing_sources() == {task.source_id}


def test_a_source_that_is_removed_takes_its_state_with_it() -> None:
    survey, _ = make_survey_with_task()
    source = make_source(survey.brand, "mobile-app")
    trip(source.pk, 60)
    source.delete()
    assert not SourceState.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_last_place_at_a_source_is_taken_by_one_of_many_at_once() -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 50)
    plan_submissions(50)
    winners: list[str] = []
    start = threading.Barrier(4)

    def work(owner: str) -> None:
        start.wait(10)
        if outbox.claim(owner, 5):
            winners.append(owner)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(winners) == 1


def test_a_worker_that_meets_trouble_while_another_claims_lets_it_have_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It frees its place and opens the breaker in one commit, perhaps between two of our statements."""
    survey, task = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    assert task.source_id is not None
    trip(task.source_id, -1)  # half-open
    count = breaker.count_leases

    def count_just_before_it_ends(source_id: int) -> int:
        leases = count(source_id)
        trip(source_id, 60)
        return leases

    monkeypatch.setattr(breaker, "count_leases", count_just_before_it_ends)
    assert outbox.claim("w1", 10) == []
