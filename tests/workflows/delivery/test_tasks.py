"""What the messages of the broker set off. They run here in this process, as a worker's process runs them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from segment.sandbox import RunningSandbox
from tests.databases import postgresql_only
from tests.workflows.delivery.helpers import make_survey_with_task, received, submit
from workflows.delivery import outbox, tasks
from workflows.delivery.calls import note_calls
from workflows.models import Delivery, DrainCall, Lease, SourceState, Submission, WorkerBeat

pytestmark = [pytest.mark.django_db(transaction=True), postgresql_only]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The messages that would have gone to the broker."""
    messages: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.drain, "delay", lambda source_id: messages.append(("drain", source_id)))
    monkeypatch.setattr(tasks.plan, "delay", lambda: messages.append(("plan",)))
    monkeypatch.setattr(tasks._Life, "next_beat", 0.0)
    tasks._drainer.cache_clear()
    return messages


def make_owed(count: int = 2) -> int:
    """Submissions that are not planned yet; the id of the source they are for."""
    survey, task = make_survey_with_task()
    submit(survey, count)
    return int(task.source_id or 0)


def test_plan_calls_once_for_a_drain_of_what_is_due(sent: list[Any]) -> None:
    source_id = make_owed()
    tasks.plan()
    tasks.plan()
    assert sent == [("drain", source_id)]
    assert Submission.objects.filter(planned_at=None).count() == 0
    assert Delivery.objects.filter(status="pending").count() == 2


def test_a_long_backlog_is_planned_in_turns(sent: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PLAN_LIMIT", 1)
    monkeypatch.setattr(tasks, "PLAN_SECONDS", 0.0)
    source_id = make_owed(3)
    tasks.plan()
    assert sent == [("drain", source_id), ("plan",)]
    assert Submission.objects.filter(planned_at=None).count() == 2


def test_a_called_drain_sends_and_a_double_does_nothing(sandbox: RunningSandbox, sent: list[Any]) -> None:
    source_id = make_owed()
    tasks.plan()
    tasks.drain(source_id)
    assert received(sandbox) == [("accepted", "user-1"), ("accepted", "user-2")]
    Delivery.objects.update(status="pending")
    tasks.drain(source_id)
    assert len(received(sandbox)) == 2
    assert sent == [("drain", source_id)]


def test_a_drain_whose_time_is_over_calls_for_another(
    sandbox: RunningSandbox, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.delivery.drain.BUDGET_SECONDS", 0.0)
    source_id = make_owed()
    tasks.plan()
    tasks.drain(source_id)
    assert sent == [("drain", source_id)] * 2


def test_a_sweep_finds_what_no_message_told_of(sent: list[Any]) -> None:
    source_id = make_owed()
    tasks.sweep()
    outbox.claim("dead", 10)
    sent.clear()
    DrainCall.objects.all().delete()
    tasks.sweep()
    assert sent == []  # the lease holds
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert sent == [("drain", source_id)]
    assert not Lease.objects.exists()


def test_a_sweep_makes_due_what_was_planned_before_the_clock_was_put_back(
    sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = make_owed(1)
    tasks.plan()
    sent.clear()
    DrainCall.objects.all().delete()
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    monkeypatch.setattr(tasks._clock, "has_gone_back", lambda: True)
    tasks.sweep()
    assert sent == [("drain", source_id)]


def test_each_task_gives_a_sign_of_life() -> None:
    tasks.sweep()
    [beat] = WorkerBeat.objects.all()
    assert beat.kind == "celery"
    assert timezone.now() - beat.beat_at < timedelta(seconds=10)


def test_without_the_broker_a_call_is_forgotten_and_made_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(source_id: int) -> None:
        raise OperationalError("[Errno 111] amqp://guest:secret@127.0.0.1")

    monkeypatch.setattr(tasks.drain, "delay", refuse)
    source_id = make_owed()
    tasks.plan()
    assert DrainCall.objects.count() == 0
    assert "workers not woken: OperationalError" in caplog.text
    assert "secret" not in caplog.text
    assert note_calls([source_id]) == {source_id}


def test_trouble_is_logged_without_what_was_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(limit: int) -> int:
        raise ValueError("secret answer")

    monkeypatch.setattr(tasks, "plan_in_turn", fail)
    with caplog.at_level(logging.INFO):
        tasks.plan()
        tasks.sweep()
    assert "plan in trouble: ValueError" in caplog.text
    assert "sweep in trouble: ValueError" in caplog.text
    assert "secret answer" not in caplog.text


def test_a_database_that_is_away_as_a_task_begins_is_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(tasks, "_give_sign_of_life", fail)
    tasks.plan()
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        "plan in trouble: OperationalError"
    ]


@pytest.mark.parametrize(("failures", "count"), [(1, 0), (0, 2)])
def test_a_failing_source_is_left_alone_while_others_that_fail_have_all_places(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, failures: int, count: int
) -> None:
    @contextmanager
    def none_free(places: int) -> Iterator[bool]:
        assert places == 2
        yield False

    monkeypatch.setattr(tasks, "probe_place", none_free)
    source_id = make_owed()
    tasks.plan()
    now = timezone.now()
    SourceState.objects.create(source_id=source_id, failures=failures, held_until=now, changed_at=now)
    tasks.drain(source_id)
    assert len(received(sandbox)) == count
    assert note_calls([source_id]) == {source_id}  # a sweep may call again


def test_a_stopping_worker_starts_nothing(
    sandbox: RunningSandbox, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = make_owed()
    tasks.plan()
    monkeypatch.setattr(tasks, "_stopping", bytearray(1))
    tasks.ask_to_stop()
    tasks.drain(source_id)
    assert received(sandbox) == []
    assert set(Delivery.objects.values_list("status", flat=True)) == {"pending"}
    assert not Lease.objects.exists()


def test_old_runs_are_pruned(settings: Any) -> None:
    settings.RETENTION_DAYS = 1
    tasks.prune()
    make_owed(1)
    tasks.prune()
    assert Submission.objects.count() == 1
