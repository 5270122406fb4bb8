from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.databases import sqlite_only
from tests.workflows.retention.helpers import count_rows, days_ago, id_at, lease, make_run
from workflows.delivery.again import SendAgain, send_again
from workflows.management.commands import prune as command
from workflows.models import Delivery, Lease, Submission, Survey, TaskRevision
from workflows.retention import prune
from workflows.retention.prune import Bite, Pruner, prune_bite, prune_bites
from workflows.retention.removal import Counts

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def survey() -> Survey:
    return factories.make_survey(factories.make_brand())


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "PAUSE_SECONDS", 0.0)


def remaining() -> list[uuid.UUID]:
    return list(Submission.objects.order_by("pk").values_list("pk", flat=True))


def test_runs_past_their_age_go_whole_and_younger_ones_stay_whole(survey: Survey) -> None:
    make_run(survey, days_ago(91), ("accepted", "rejected", "failed", "skipped"))
    young = make_run(survey, days_ago(89), ("accepted", "failed"))
    assert prune_bite().removed == Counts(1, 4, 4)
    assert (remaining(), count_rows()) == ([young.pk], Counts(1, 2, 2))


def test_the_boundary_is_the_second_at_which_the_age_is_reached(survey: Survey) -> None:
    exactly = NOW - timedelta(days=90)
    make_run(survey, exactly - timedelta(seconds=1))
    kept = [make_run(survey, exactly + timedelta(seconds=seconds)).pk for seconds in (0, 1)]
    assert prune_bite(now=NOW).removed.submissions == 1
    assert remaining() == kept


@pytest.mark.parametrize("is_being_sent", [False, True])
def test_an_unfinished_delivery_keeps_its_run_whole_whatever_its_age(
    survey: Survey, is_being_sent: bool
) -> None:
    kept = make_run(survey, days_ago(100), ("accepted", "pending"))
    if is_being_sent:
        lease(kept, 2)
    make_run(survey, days_ago(100))
    assert prune_bite().removed == Counts(1, 1, 1)
    assert (remaining(), count_rows()) == ([kept.pk], Counts(1, 2, 2))
    Lease.objects.all().delete()
    Delivery.objects.filter(status="pending").update(status="accepted")
    assert prune_bite().removed == Counts(1, 2, 2)
    assert count_rows() == Counts()


def test_what_is_not_planned_yet_stays_whatever_its_age(survey: Survey) -> None:
    kept = make_run(survey, days_ago(400), (), planned_at=None)
    make_run(survey, days_ago(400), ())
    assert prune_bite().removed == Counts(1, 0, 0)
    assert remaining() == [kept.pk]


def test_what_somebody_sends_again_after_the_look_stays(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = make_run(survey, days_ago(100), ("failed",))
    make_run(survey, days_ago(99))
    look = prune._read_kept

    def look_then_send_again(ids: Any) -> set[uuid.UUID]:
        found = look(ids)
        Delivery.objects.filter(submission=kept).update(status="pending")
        return found

    monkeypatch.setattr(prune, "_read_kept", look_then_send_again)
    assert prune_bite().removed == Counts(1, 1, 1)
    assert remaining() == [kept.pk]


@pytest.mark.usefixtures("no_pauses")
def test_zero_keeps_everything_for_ever(survey: Survey, settings: Any) -> None:
    settings.RETENTION_DAYS = 0
    make_run(survey, days_ago(9_000))
    assert prune_bite() == Bite(Counts(), None)
    Pruner().take_turn(is_idle=True)
    assert list(prune_bites()) == []
    assert count_rows() == Counts(1, 1, 1)


def test_a_bite_is_bounded_in_rows_and_the_next_one_goes_on_behind_it(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 3)
    stuck = [make_run(survey, days_ago(120 - n), ("pending",)).pk for n in range(3)]
    later = [make_run(survey, days_ago(110 - n)).pk for n in range(4)]
    first = prune_bite()
    assert first == Bite(Counts(), uuid.UUID(int=stuck[-1].int + 1))
    second = prune_bite(first.next_id or prune.FIRST_ID)
    assert second == Bite(Counts(3, 3, 3), uuid.UUID(int=later[2].int + 1))
    third = prune_bite(second.next_id or prune.FIRST_ID)
    assert third.removed == Counts(1, 1, 1)
    assert prune_bite(third.next_id or prune.FIRST_ID) == Bite(Counts(), None)
    assert remaining() == stuck


def test_a_bite_ends_when_its_time_is_over(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "CHUNK_ROWS", 2)
    monkeypatch.setattr(prune, "HOLD_SECONDS", 0.0)
    runs = [make_run(survey, days_ago(120 - n)).pk for n in range(5)]
    assert prune_bite() == Bite(Counts(2, 2, 2), uuid.UUID(int=runs[1].int + 1))
    assert remaining() == runs[2:]


def test_the_statements_of_a_bite_do_not_grow_with_the_history(survey: Survey) -> None:
    def count_statements(runs: int) -> int:
        for number in range(runs):
            make_run(survey, days_ago(100 + number / 1000), ("accepted", "failed"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert prune_bite().removed.submissions == runs
        return len(queries)

    assert count_statements(1) == count_statements(15)


@sqlite_only
def test_no_statement_of_a_bite_reads_a_table_from_end_to_end(survey: Survey) -> None:
    make_run(survey, days_ago(100))
    make_run(survey, days_ago(99), ("pending",))
    with CaptureQueriesContext(connection) as queries:
        prune_bite()
    statements = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "DELETE"))]
    assert len(statements) == 6
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall()]
            assert [step for step in plan if step.startswith("SCAN")] == [], sql


def test_nothing_else_refers_to_what_is_removed() -> None:
    referring = {
        (relation.related_model, relation.field.name)
        for model in (Submission, Delivery)
        for relation in model._meta.related_objects
    }
    assert referring == {(Delivery, "submission")}


def test_definitions_and_revisions_stay(survey: Survey) -> None:
    task = factories.make_task(factories.make_workflow(survey))
    make_run(survey, days_ago(100))
    Delivery.objects.update(task=task, revision=task.current_revision, workflow=task.workflow)
    assert prune_bite().removed == Counts(1, 1, 1)
    assert TaskRevision.objects.get() == task.current_revision


def test_an_idempotency_key_is_forgotten_with_its_submission(survey: Survey, client: Any) -> None:
    make_run(survey, days_ago(100), idempotency_key="order-1815", body_digest="x")
    prune_bite()
    url, body = f"/submit/{survey.submit_key}/", '{"email": "ada@example.com"}'
    answers = [
        client.post(url, body, "application/json", headers={"Idempotency-Key": "order-1815"}).json()
        for _ in range(2)
    ]
    assert [answer["duplicate"] for answer in answers] == [False, True]
    assert [answer["submission"] for answer in answers] == [str(remaining()[0])] * 2


def test_the_page_of_a_removed_run_is_gone_and_sending_it_again_says_nothing_to_do(
    survey: Survey, client: Any
) -> None:
    user = factories.make_user(survey.brand)
    client.force_login(user)
    run = make_run(survey, days_ago(100), ("failed",))
    delivery = run.deliveries.get()
    assert client.get(f"/runs/{run.pk}/").status_code == 200
    prune_bite()
    assert client.get(f"/runs/{run.pk}/").status_code == 404
    assert send_again(delivery, user) == SendAgain(False)


@pytest.mark.usefixtures("no_pauses")
def test_a_worker_prunes_bite_by_bite_then_rests(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 2)
    for number in range(5):
        make_run(survey, days_ago(100 + number))
    pruner = Pruner()
    left = []
    for _ in range(5):
        pruner.take_turn(is_idle=True)
        left.append(Submission.objects.count())
    assert left == [3, 1, 0, 0, 0]
    make_run(survey, days_ago(100))
    pruner.take_turn(is_idle=True)  # it rests: nothing old was left
    assert Submission.objects.count() == 1


def test_a_busy_worker_prunes_less_often(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 1)
    clock = [1_000.0]
    monkeypatch.setattr(prune.time, "monotonic", lambda: clock[0])

    def pruned_within(seconds: float, is_idle: bool) -> int:
        for number in range(30):
            make_run(survey, days_ago(100 + number))
        pruner, before = Pruner(), Submission.objects.count()
        for _ in range(round(seconds * 100)):
            pruner.take_turn(is_idle)
            clock[0] += 0.01
        return before - Submission.objects.count()

    assert (pruned_within(1.0, is_idle=False), pruned_within(1.0, is_idle=True)) == (2, 20)


def test_a_turn_that_fails_is_not_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def fail(start: uuid.UUID) -> Bite:
        calls.append(start)
        raise RuntimeError("broken")

    monkeypatch.setattr(prune, "prune_bite", fail)
    pruner = Pruner()
    with pytest.raises(RuntimeError):
        pruner.take_turn(is_idle=True)
    pruner.take_turn(is_idle=True)
    assert calls == [prune.FIRST_ID]


@pytest.mark.usefixtures("no_pauses")
def test_a_scheduler_prunes_for_a_while_and_says_what_it_did(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 1)
    for number in range(3):
        make_run(survey, days_ago(100 + number))
    caplog.set_level("INFO", "workflows.retention.prune")
    assert prune.prune(seconds=0) == Counts(1, 1, 1)
    assert prune.prune(seconds=60) == Counts(2, 2, 2)
    assert prune.prune(seconds=60) == Counts()
    assert caplog.messages == [
        "pruned submissions=1 deliveries=1 attempts=1",
        "pruned submissions=2 deliveries=2 attempts=2",
    ]


@pytest.mark.usefixtures("no_pauses")
def test_the_command_prunes_to_the_end_with_progress(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 1)
    monkeypatch.setattr(command, "PROGRESS_SECONDS", 0.0)
    for number in range(2):
        make_run(survey, days_ago(31 + number))
    make_run(survey, days_ago(29))
    out, progress = StringIO(), StringIO()
    call_command("prune", "--days", "30", stdout=out, stderr=progress)
    assert out.getvalue() == (
        "Removed submissions=2 deliveries=2 attempts=2: runs older than 30 days that were finished.\n"
    )
    assert progress.getvalue().splitlines() == [
        "so far submissions=1 deliveries=1 attempts=1",
        "so far submissions=2 deliveries=2 attempts=2",
    ]


@pytest.mark.parametrize(
    ("arguments", "days", "message"),
    [
        (["--days", "0"], 90, "--days must be at least 1: younger runs are never removed by age."),
        (["--days", "-3"], 90, "--days must be at least 1: younger runs are never removed by age."),
        ([], 0, "RETENTION_DAYS is 0, so runs are kept for ever. Give an age with --days."),
    ],
)
def test_the_command_refuses_what_makes_no_sense(
    settings: Any, arguments: list[str], days: int, message: str
) -> None:
    settings.RETENTION_DAYS = days
    with pytest.raises(CommandError) as raised:
        call_command("prune", *arguments)
    assert str(raised.value) == message


def test_the_smallest_id_of_a_moment_parts_the_ids_before_from_those_after() -> None:
    before, after = NOW - timedelta(microseconds=1), NOW
    boundary = prune.cutoff_id(1, NOW + timedelta(days=1))
    assert all(id_at(before) < boundary <= id_at(after) for _ in range(50))
