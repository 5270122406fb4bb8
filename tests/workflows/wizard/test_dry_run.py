"""*Run over the last 100 submissions*: it counts what the worker would do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make
from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, text_of, url
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, SegmentTask, SurveyField
from workflows.services.tasks import save_task
from workflows.wizard import dry_run

pytestmark = pytest.mark.django_db

ROWS = form_rows(("name", "${name}"), ("score", "${score}"), ("", ""))


def run(client: Client, task: SegmentTask, headers: dict[str, str] = HTMX, **data: str) -> Any:
    values = {"user_id": "${email}", **ROWS, **data}
    return client.post(reverse("task_run", args=[task.pk]), values, headers=headers)


def groups(found: Any) -> list[tuple[str, int]]:
    return [(group.finding.subject, group.count) for group in found]


def test_it_says_what_becomes_of_each_submission(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    survey = task.workflow.survey
    for answers in ({"email": "a@b.io", "name": "Ada", "score": 1}, {"email": "a@b.io", "score": 2}):
        make.make_submission(survey, answers)
    nobodies = [make.make_submission(survey, {"name": f"No one {number}"}) for number in range(5)]
    page = run(signed_in, task)
    found = page.context["dry_run"]
    assert (found.count, found.sent, found.left_out, found.rejected) == (7, 2, 1, 5)
    assert groups(found.reasons) == [("User ID", 5)]
    assert groups(found.empty_fields) == [("name", 1)]
    text = text_of(page)
    assert text.startswith('<section id="dry-run"')
    assert "Both the user ID and the anonymous ID are empty" in text
    linked = [reverse("run_detail", args=[one.pk]) in text for one in reversed(nobodies)]
    assert linked == [True, True, True, False, False]


def test_it_counts_as_the_worker_decides(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", user_id="${email}", rows=[{"key": "big", "value": "${big}"}])
    for answers in (
        {"email": "a@b.io"},
        {"email": "", "big": 1},
        {"email": [1]},
        {"email": "a", "big": "x" * 40_000},
    ):
        make.make_submission(task.workflow.survey, answers)
    SurveyField.objects.create(survey=task.workflow.survey, key="big")
    save_task(task)
    found = run(
        signed_in, task, **{"row-1-key": "big", "row-1-value": "${big}", "row-2-key": "", "row-2-value": ""}
    )
    plan_submissions(10)
    planned = Delivery.objects.filter(task=task).order_by("-submission").values_list("status", "reason")
    tried = found.context["dry_run"]
    assert (
        (tried.sent, tried.rejected)
        == (
            sum(status == "pending" for status, _ in planned),
            sum(status == "rejected" for status, _ in planned),
        )
        == (1, 3)
    )
    reasons = {reason for status, reason in planned if status == "rejected"}
    assert len(tried.reasons) == len(reasons) == 3


def test_the_mapping_is_taken_as_typed_and_nothing_is_saved(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    found = run(signed_in, task, user_id="${nowhere}").context["dry_run"]
    assert groups(found.reasons) == [("User ID", 1)]
    task.refresh_from_db()
    assert (task.user_id, task.rows) == ("", [])


def test_a_warning_is_listed_beside_what_is_sent(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(
        task.workflow.survey, {"email": "a", "score": float(10**300), "name": {"a": 10**4000}}
    )
    found = run(signed_in, task).context["dry_run"]
    assert (found.sent, found.left_out, groups(found.warnings)) == (1, 1, [("name", 1)])


def test_without_submissions_it_says_what_to_do(signed_in: Client, new_task: NewTask) -> None:
    assert "The survey has no submission yet." in text_of(run(signed_in, new_task("mappings")))


def test_only_the_last_hundred_of_this_survey_count(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(make.make_survey(task.workflow.brand), {"name": "Another survey’s"})
    for _ in range(102):
        make.make_submission(task.workflow.survey)
    found = run(signed_in, task).context["dry_run"]
    assert (found.count, found.is_cut) == (100, False)


def test_it_stops_when_the_time_is_up_and_says_so(
    signed_in: Client, new_task: NewTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    monkeypatch.setattr(dry_run, "MAX_SECONDS", -1.0)
    page = run(signed_in, task)
    assert (page.context["dry_run"].count, page.context["dry_run"].is_cut) == (0, True)
    assert "the time was up before all 100 were tried" in text_of(page)


def test_answers_are_escaped(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"email": ["<script>alert(1)</script>"]})
    assert "<script>alert" not in run(signed_in, task).content.decode()


def test_without_htmx_the_page_comes_with_what_was_typed(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    page = run(signed_in, task, headers={}, user_id="typed")
    assert page.context["dry_run"].count == 1
    assert 'value="typed"' in text_of(page)
    assert 'id="dry-run-title"' in text_of(page)


def test_a_step_undone_elsewhere_does_not_lose_the_mapping(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    SegmentTask.objects.filter(pk=task.pk).update(region="")
    response = run(signed_in, task, headers={})
    assert (response.status_code, response.url) == (303, url(task, "mappings"))
    task.refresh_from_db()
    assert task.user_id == "${email}"


@pytest.mark.parametrize("count", [3, 100])
def test_the_queries_do_not_grow_with_submissions(
    signed_in: Client, new_task: NewTask, django_assert_max_num_queries: Any, count: int
) -> None:
    task = new_task("mappings")
    for _ in range(count):
        make.make_submission(task.workflow.survey)
    with django_assert_max_num_queries(5):
        assert run(signed_in, task).status_code == 200
