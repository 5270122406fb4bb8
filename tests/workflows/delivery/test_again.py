from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from segment.sandbox import RunningSandbox
from tests import factories
from tests.segment.helpers import add_fault, records
from tests.workflows.delivery.helpers import (
    attempts_of,
    make_due,
    make_source,
    make_survey_with_task,
    reread,
    send_all,
    submit,
)
from workflows.delivery.again import SendAgain
from workflows.delivery.outbox import send_again
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, SegmentTask

pytestmark = pytest.mark.django_db


def reject_for_no_identity() -> tuple[Delivery, SegmentTask]:
    survey, task = make_survey_with_task()
    factories.make_submission(survey, {"name": "Ada"})
    plan_submissions(10)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == ("rejected", "no_identity")
    return delivery, task


def user_of(delivery: Delivery) -> Any:
    return factories.make_user(delivery.brand)


def test_a_rejected_event_is_built_anew_by_the_current_revision_with_the_same_message_id(
    sandbox: RunningSandbox,
) -> None:
    delivery, task = reject_for_no_identity()
    task.user_id, task.source, task.region = "${name}", make_source(delivery.brand, "mobile-app"), "oregon"
    task.save()
    revision = factories.revise_task(task)
    assert send_again(delivery, user_of(delivery)) == SendAgain(True)
    again = reread(delivery)
    assert (again.status, again.reason, again.reason_params, again.finished_at) == ("pending", "", {}, None)
    assert (again.revision_id, again.source_id) == (revision.pk, task.source_id)
    assert send_all() == Counter(accepted=1)
    [record] = records(sandbox)
    assert (record["event"]["userId"], record["event"]["messageId"]) == ("Ada", delivery.message_id)


def test_a_rejected_event_that_still_has_an_error_stays_rejected_with_the_new_reason() -> None:
    delivery, task = reject_for_no_identity()
    task.user_id = "${name}"
    task.rows = [{"key": "comment", "value": "x" * 40_000}]
    task.save()
    factories.revise_task(task)
    result = send_again(delivery, user_of(delivery))
    assert result.is_queued is False
    assert "32 KB" in result.reason
    again = reread(delivery)
    assert again.status == "rejected"
    assert again.reason in {"too_large", "value_too_large"}
    assert again.finished_at is not None


def test_a_failed_event_is_sent_as_it_was_and_its_attempts_stay(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=503, times=2)
    send_all()
    delivery = Delivery.objects.get()
    assert send_all(now=delivery.give_up_at) == Counter(failed=1)
    task.rows = []
    task.save()
    factories.revise_task(task)
    Delivery.objects.update(give_up_at=timezone.now() - timedelta(hours=1))
    before = timezone.now()
    assert send_again(delivery, user_of(delivery)) == SendAgain(True)
    again = reread(delivery)
    assert (again.status, again.body, again.reason) == ("pending", delivery.body, "")
    assert again.give_up_at > before + timedelta(hours=23)
    make_due()
    assert send_all() == Counter(accepted=1)
    assert [attempt.outcome for attempt in attempts_of(reread(delivery))] == ["retry", "retry", "accepted"]
    assert [record["event"]["traits"] for record in records(sandbox)] == [{"name": "Ada"}]


@pytest.mark.parametrize("status", ["pending", "accepted", "skipped"])
def test_only_a_rejected_or_failed_delivery_is_sent_again(status: str) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    Delivery.objects.update(status=status)
    before = Delivery.objects.values().get()
    delivery = Delivery.objects.get()
    delivery.status = "failed"  # what an old page believes
    assert send_again(delivery, user_of(delivery)) == SendAgain(False)
    assert Delivery.objects.values().get() == before


def test_a_task_that_was_never_built_is_still_rejected_when_the_answers_are_broken() -> None:
    survey, task = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    Delivery.objects.update(status="rejected", reason="not_built", body="")
    task.current_revision.definition = {}
    task.current_revision.save()
    task.current_revision.created_at += timedelta(seconds=1)
    task.current_revision.save()
    result = send_again(Delivery.objects.get(), factories.make_user(survey.brand))
    assert result.is_queued is False
    assert result.reason != ""
    assert json.loads(Delivery.objects.get().body)["type"] == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_sends_again() -> None:
    delivery, task = reject_for_no_identity()
    task.user_id = "${name}"
    task.save()
    factories.revise_task(task)
    user = user_of(delivery)
    results: list[SendAgain] = []
    start = threading.Barrier(2)

    def click() -> None:
        start.wait(10)
        results.append(send_again(delivery, user))
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(result.is_queued for result in results) == [False, True]
