from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.databases import sqlite_only
from tests.workflows.delivery.helpers import make_survey_with_task, submit
from workflows.delivery import plan
from workflows.delivery.build import preview_ids
from workflows.delivery.plan import plan_submissions
from workflows.identifiers import delivery_id
from workflows.mapping.definition import SubmissionData
from workflows.mapping.event import build_event, compile_definition
from workflows.models import Delivery, Submission

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("submission_id", "task_id").values_list("status", "reason"))


def test_each_submission_gets_one_delivery_per_task_of_every_workflow_of_its_survey() -> None:
    survey, first = make_survey_with_task()
    second = factories.make_task(first.workflow)
    third = factories.make_task(factories.make_workflow(survey))
    submissions = submit(survey, 2)
    assert plan_submissions(10) == 2
    expected = {(s.pk, t.pk, delivery_id(s.pk, t.pk)) for s in submissions for t in (first, second, third)}
    assert set(Delivery.objects.values_list("submission_id", "task_id", "id")) == expected


def test_a_delivery_holds_the_event_of_the_one_builder_and_where_it_goes(settings: Any) -> None:
    survey, task = make_survey_with_task()
    [submission] = submit(survey)
    before = timezone.now()
    plan_submissions(10)
    delivery = Delivery.objects.get()
    ids = preview_ids(submission.pk, task.pk)
    built = build_event(
        compile_definition(task.definition(), None),
        SubmissionData(str(submission.pk), submission.received_at, submission.answers),
        message_id=ids.message_id,
        random_id=ids.random_id,
    )
    assert delivery.body.encode() == built.body
    assert json.loads(delivery.body)["messageId"] == f"tributary-{delivery.pk}"
    assert (delivery.status, delivery.source_id, delivery.region) == ("pending", task.source_id, "oregon")
    assert (delivery.revision_id, delivery.workflow_id) == (task.current_revision_id, task.workflow_id)
    assert delivery.brand_id == survey.brand_id
    assert delivery.next_attempt_at == submission.received_at
    assert delivery.give_up_at - delivery.created_at == timedelta(seconds=settings.DELIVERY_GIVE_UP_SECONDS)
    assert before <= delivery.created_at <= timezone.now()


def test_planning_takes_the_oldest_up_to_the_limit_and_marks_them() -> None:
    survey, _ = make_survey_with_task()
    submissions = submit(survey, 3)
    assert plan_submissions(2) == 2
    assert list(Submission.objects.filter(planned_at=None).values_list("pk", flat=True)) == [
        submissions[2].pk
    ]
    assert [plan_submissions(2), plan_submissions(2)] == [1, 0]


def test_planning_twice_changes_nothing() -> None:
    survey, task = make_survey_with_task(user_id="", random_anonymous_id=True)
    submit(survey)
    plan_submissions(10)
    first = Delivery.objects.values().get()
    Submission.objects.update(planned_at=None)
    plan_submissions(10)
    assert Delivery.objects.values().get() == first


def test_the_number_of_queries_does_not_depend_on_the_number_of_submissions(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    survey, _ = make_survey_with_task()
    for count in (1, 3):
        submit(survey, count)
        # Read, tasks, savepoint, insert, mark, savepoint; on PostgreSQL the planner's own transaction (2),
        # its lock, and the constraints checked at once (2).
        with django_assert_num_queries(6 if connection.vendor == "sqlite" else 11):
            plan_submissions(10)


def test_a_random_anonymous_id_is_each_deliverys_own_and_the_previews() -> None:
    survey, task = make_survey_with_task(user_id="", random_anonymous_id=True)
    submissions = submit(survey, 2)
    plan_submissions(10)
    bodies = [json.loads(d.body) for d in Delivery.objects.order_by("submission_id")]
    found = [body["anonymousId"] for body in bodies]
    assert found[0] != found[1]
    assert found == [preview_ids(submission.pk, task.pk).random_id for submission in submissions]


def test_workflow_off_and_task_off_are_skipped_with_their_reasons() -> None:
    survey, task = make_survey_with_task()
    factories.make_task(task.workflow, is_enabled=False)
    factories.make_task(factories.make_workflow(survey, is_enabled=False))
    submit(survey)
    plan_submissions(10)
    assert states() == [("pending", ""), ("skipped", "task_off"), ("skipped", "workflow_off")]
    assert Delivery.objects.filter(status="skipped", finished_at=None).count() == 0


@pytest.mark.parametrize("absence", ["no workflow", "unsaved task", "deleted task", "deleted workflow"])
def test_a_survey_without_a_saved_task_makes_one_skipped_delivery(absence: str) -> None:
    survey = factories.make_survey(factories.make_brand())
    if absence != "no workflow":
        workflow = factories.make_workflow(
            survey, deleted_at=timezone.now() if absence == "deleted workflow" else None
        )
        deleted_at = timezone.now() if absence == "deleted task" else None
        factories.make_task(workflow, saved=absence != "unsaved task", deleted_at=deleted_at)
    [submission] = submit(survey)
    plan_submissions(10)
    delivery = Delivery.objects.get()
    assert (delivery.pk, delivery.task_id) == (delivery_id(submission.pk, None), None)
    assert (delivery.status, delivery.reason) == ("skipped", "no_task")


def test_an_event_without_identity_is_rejected_with_its_body_and_the_mappings_code() -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    factories.make_submission(survey, {"name": "Nobody"})
    plan_submissions(10)
    rejected = Delivery.objects.get(status="rejected")
    assert rejected.reason == "no_identity"
    assert json.loads(rejected.body)["traits"]["name"] == "Nobody"
    assert rejected.finished_at is not None
    assert Delivery.objects.filter(status="pending").count() == 1


def test_an_event_over_32_kb_is_rejected_with_its_size() -> None:
    survey, _ = make_survey_with_task(rows=[{"key": "comment", "value": "${comment}"}])
    factories.make_submission(survey, {"email": "ada", "comment": "x" * 32_700})
    plan_submissions(10)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == ("rejected", "too_large")
    assert delivery.reason_params == {"size": len(delivery.body), "limit": 32_768}


def test_an_edited_task_is_used_from_its_new_revision_on() -> None:
    survey, task = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    task.rows = [{"key": "nick", "value": "${name}"}]
    task.save()
    factories.revise_task(task)
    submit(survey)
    plan_submissions(10)
    traits = [json.loads(d.body)["traits"] for d in Delivery.objects.order_by("submission_id")]
    assert traits == [{"name": "Ada"}, {"nick": "Ada"}]


@contextmanager
def unchecked(cursor: Any) -> Iterator[None]:
    """Without the check that a JSON column's text is JSON, which Django adds on SQLite."""
    is_checked = connection.vendor == "sqlite"
    if is_checked:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
    yield
    if is_checked:
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param("{broken", marks=sqlite_only),  # PostgreSQL keeps nothing that is no JSON
        pytest.param("[" * 100_000, marks=sqlite_only),
        "[1, 2]",
        '"text"',
    ],
)
def test_a_poisoned_submission_is_rejected_and_stops_no_other(
    poison: str, caplog: pytest.LogCaptureFixture
) -> None:
    survey, _ = make_survey_with_task()
    poisoned, *_others = submit(survey, 3)
    with connection.cursor() as cursor, unchecked(cursor):
        cursor.execute(
            "UPDATE workflows_submission SET answers = %s WHERE id = %s", [poison, poisoned.pk.hex]
        )
    with caplog.at_level(logging.INFO):
        assert plan_submissions(10) == 3
    assert states() == [("rejected", "not_built"), ("pending", ""), ("pending", "")]
    assert plan_submissions(10) == 0
    assert str(poisoned.pk) in caplog.text
    assert poison[:7] not in caplog.text


def test_a_crash_while_building_is_logged_without_what_was_answered(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret answer")

    monkeypatch.setattr("workflows.delivery.build.build_event", crash)
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    assert states() == [("rejected", "not_built")]
    assert "RuntimeError" in caplog.text
    assert "secret answer" not in caplog.text


def test_a_crashing_task_does_not_stop_the_other_tasks_of_a_submission() -> None:
    survey, task = make_survey_with_task()
    broken = factories.make_task(task.workflow)
    broken.current_revision.definition = {"rows": "?"}
    broken.current_revision.save()
    submit(survey)
    plan_submissions(10)
    assert [status for status, _ in states()] == ["pending", "rejected"]


@pytest.mark.django_db(transaction=True)
def test_a_submission_deleted_while_it_is_planned_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    survey, _ = make_survey_with_task()
    gone, *others = submit(survey, 3)
    real = plan._plan

    def delete_first(submission: plan.Unplanned, *args: Any) -> list[Delivery]:
        Submission.objects.filter(pk=gone.pk).delete()
        return real(submission, *args)

    monkeypatch.setattr(plan, "_plan", delete_first)
    assert plan_submissions(10) == 3
    planned = Delivery.objects.order_by("submission_id").values_list("submission_id", "status")
    assert list(planned) == [(submission.pk, "pending") for submission in others]
    assert plan_submissions(10) == 0
