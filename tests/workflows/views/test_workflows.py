"""The pages of workflows: list, flow, adding, editing, switching, deleting."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Brand, User
from tests.factories import (
    make_brand,
    make_submission,
    make_survey,
    make_task,
    make_user,
    make_workflow,
    revise_task,
)
from tests.workflows.views.helpers import HTMX, count_queries, make_delivery
from workflows.models import SegmentTask, Survey, Workflow

LIST = reverse("workflow_list")


def detail(workflow: Workflow) -> str:
    return reverse("workflow_detail", args=[workflow.pk])


def test_a_stranger_to_the_product_is_sent_to_the_sign_in_page(client: Client, workflow: Workflow) -> None:
    for url in (LIST, detail(workflow), reverse("workflow_add")):
        response = client.get(url)
        assert (response.status_code, response.url) == (302, f"{reverse('sign_in')}?next={url}")


@pytest.mark.parametrize("name", ["workflow_detail", "workflow_edit", "workflow_delete", "workflow_enable"])
def test_another_brands_workflow_does_not_exist(stranger: Client, workflow: Workflow, name: str) -> None:
    url = reverse(name, args=[workflow.pk])
    assert stranger.get(url).status_code == (405 if name == "workflow_enable" else 404)
    assert stranger.post(url, {"name": "Mine"}).status_code == (405 if name == "workflow_detail" else 404)
    workflow.refresh_from_db()
    assert (workflow.is_enabled, workflow.deleted_at) == (True, None)


def test_list_shows_the_brands_workflows_whoever_made_them(
    signed_in: Client, brand: Brand, survey: Survey
) -> None:
    make_workflow(survey, name="Beta", created_by=make_user(brand))
    make_workflow(survey, name="alpha")
    make_workflow(make_survey(make_brand("Other")), name="Not mine")
    rows = signed_in.get(LIST).context["rows"]
    assert [row.workflow.name for row in rows] == ["alpha", "Beta"]


def test_list_says_each_workflows_tasks_in_order(signed_in: Client, workflow: Workflow) -> None:
    make_task(workflow, event_type="track", event_name="Survey Completed", position=1)
    make_task(workflow, position=0)
    SegmentTask.objects.create(workflow=workflow, position=2)
    (row,) = signed_in.get(LIST).context["rows"]
    assert row.tasks == ["Identify", "Track “Survey Completed”", ""]


def test_list_names_a_task_as_it_was_saved(signed_in: Client, task: SegmentTask) -> None:
    SegmentTask.objects.filter(pk=task.pk).update(event_type="track", event_name="Draft Renamed")
    (row,) = signed_in.get(LIST).context["rows"]
    assert row.tasks == ["Identify"]


def test_list_counts_what_became_of_the_last_50_events(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    make_delivery(make_submission(survey), task, "rejected")  # the 51st
    for status in ["rejected", "failed", "pending", "pending", "skipped"] + ["accepted"] * 45:
        make_delivery(make_submission(survey), task, status)
    (row,) = signed_in.get(LIST).context["rows"]
    assert (row.accepted, row.waiting, row.problems) == (45, 2, 2)


def test_list_takes_as_many_queries_for_three_workflows_as_for_one(signed_in: Client, survey: Survey) -> None:
    def add() -> None:
        make_delivery(make_submission(survey), make_task(make_workflow(survey)))

    add()
    one = count_queries(signed_in, LIST)
    add()
    add()
    assert count_queries(signed_in, LIST) == one


def test_list_pages_and_searches(signed_in: Client, survey: Survey) -> None:
    for number in range(51):
        make_workflow(survey, name=f"Flow {number:02}")
    names = [row.workflow.name for row in signed_in.get(LIST, {"page": 2}).context["rows"]]
    assert names == ["Flow 50"]
    response = signed_in.get(LIST, {"q": "flow 07"})
    assert [row.workflow.name for row in response.context["rows"]] == ["Flow 07"]
    assert "Search by name" in response.text


def test_a_short_list_has_no_search(signed_in: Client, workflow: Workflow) -> None:
    assert "Search by name" not in signed_in.get(LIST).text


def test_search_also_finds_by_the_surveys_name(signed_in: Client, brand: Brand) -> None:
    make_workflow(make_survey(brand, name="Churn"), name="A")
    make_workflow(make_survey(brand, name="Welcome"), name="B")
    assert [row.workflow.name for row in signed_in.get(LIST, {"q": "churn"}).context["rows"]] == ["A"]


def test_list_answers_htmx_with_the_table_only(signed_in: Client, workflow: Workflow) -> None:
    partial = signed_in.get(LIST, headers=HTMX)
    assert partial.text.strip().startswith('<section id="workflows"')
    assert "HX-Request" in partial.headers["Vary"]
    assert (
        signed_in.get(LIST, headers=HTMX | {"HX-Boosted": "true"})
        .text.lstrip()
        .lower()
        .startswith("<!doctype html>")
    )


def test_without_a_survey_the_list_offers_to_add_one(signed_in: Client) -> None:
    assert reverse("survey_add") in signed_in.get(LIST).text
    assert reverse("survey_add") in signed_in.get(reverse("workflow_add")).text


def test_without_a_workflow_the_list_offers_to_add_one(signed_in: Client, survey: Survey) -> None:
    text = signed_in.get(LIST).text
    assert text.count(f'href="{reverse("workflow_add")}"') == 1
    assert reverse("survey_add") not in text


def test_add_makes_a_workflow_that_is_on(signed_in: Client, member: User, survey: Survey) -> None:
    response = signed_in.post(reverse("workflow_add"), {"name": "New", "survey": survey.pk})
    made = Workflow.objects.get()
    assert response.url == detail(made)
    assert (made.name, made.survey, made.brand, made.created_by, made.is_enabled) == (
        "New",
        survey,
        member.brand,
        member,
        True,
    )


def test_add_refuses_another_brands_survey_and_keeps_what_was_typed(
    signed_in: Client, survey: Survey
) -> None:
    foreign = make_survey(make_brand("Other"), name="Foreign survey")
    response = signed_in.post(reverse("workflow_add"), {"name": "Typed", "survey": foreign.pk})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["survey"]
    assert 'value="Typed"' in response.text
    assert "Foreign survey" not in response.text
    assert not Workflow.objects.exists()


def test_flow_says_what_each_task_does_and_how_it_is(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    source = make_task(workflow).source
    assert source is not None
    source.workspace_name = "Acme"
    source.save()
    task = workflow.tasks.get()
    make_delivery(make_submission(survey), task, "accepted")
    make_delivery(make_submission(survey), task, "rejected", reason="no_identity")
    task.rows = []
    task.save()
    draft = SegmentTask.objects.create(workflow=workflow, position=1)
    response = signed_in.get(detail(workflow))
    text = re.sub(r"\s+", " ", response.text)
    assert "Identify in <em>Acme / website</em> (Oregon): 2 fields" in text
    assert "New Segment task" in text
    first, second = response.context["cards"]
    assert first.last is not None
    assert (first.last.status, first.has_unsaved_changes) == ("rejected", True)
    assert (second.task, second.last, second.has_unsaved_changes) == (draft, None, False)
    assert f'href="{reverse("task_detail", args=[draft.pk])}"' in text


def test_flow_has_a_plus_before_between_and_after_the_tasks(signed_in: Client, workflow: Workflow) -> None:
    make_task(workflow)
    make_task(workflow)
    text = signed_in.get(detail(workflow)).text
    assert text.count(f'action="{reverse("task_add", args=[workflow.pk])}"') == 3
    assert re.findall(r'name="position" value="(\d+)"', text) == ["0", "1", "2"]


def test_first_and_last_task_cannot_move_out(signed_in: Client, workflow: Workflow) -> None:
    make_task(workflow)
    make_task(workflow)
    text = signed_in.get(detail(workflow)).text
    assert re.findall(r'name="direction" value="(\w+)"', text) == ["down", "up"]


def test_flow_lists_the_last_ten_runs_of_this_workflow_only(
    signed_in: Client, survey: Survey, workflow: Workflow, task: SegmentTask
) -> None:
    other = make_task(make_workflow(survey, name="Other flow"))
    for _ in range(11):
        submission = make_submission(survey)
        make_delivery(submission, task)
        make_delivery(submission, other, "failed")
    runs = signed_in.get(detail(workflow)).context["runs"]
    assert [len(run.lines) for run in runs] == [1] * 10
    assert {line.status for run in runs for line in run.lines} == {"accepted"}


def test_last_runs_are_polled_and_unchanged_ones_are_not_sent_again(
    signed_in: Client, survey: Survey, workflow: Workflow, task: SegmentTask
) -> None:
    make_delivery(make_submission(survey), task, "pending")
    partial = signed_in.get(detail(workflow), headers=HTMX)
    assert partial.text.strip().startswith('<section id="last-runs"')
    (poll,) = re.findall(r'hx-get="([^"]*seen=[^"]*)"', partial.text)
    assert signed_in.get(poll, headers=HTMX).status_code == 204
    make_submission(survey)
    assert signed_in.get(poll, headers=HTMX).status_code == 200


def test_flow_takes_as_many_queries_for_three_tasks_as_for_one(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    def add() -> None:
        make_delivery(make_submission(survey), make_task(workflow))

    add()
    one = count_queries(signed_in, detail(workflow))
    add()
    add()
    assert count_queries(signed_in, detail(workflow)) == one


def test_switch_off_and_on(signed_in: Client, workflow: Workflow) -> None:
    url = reverse("workflow_enable", args=[workflow.pk])
    assert signed_in.get(url).status_code == 405
    for value, is_enabled in (("", False), ("on", True)):
        assert signed_in.post(url, {"is_enabled": value}).url == detail(workflow)
        workflow.refresh_from_db()
        assert workflow.is_enabled is is_enabled


def test_edit_renames_and_changes_the_survey_while_no_task_is_saved(
    signed_in: Client, brand: Brand, workflow: Workflow
) -> None:
    make_task(workflow, saved=False)
    other = make_survey(brand, name="Other survey")
    url = reverse("workflow_edit", args=[workflow.pk])
    assert signed_in.post(url, {"name": "Renamed", "survey": other.pk}).url == detail(workflow)
    workflow.refresh_from_db()
    assert (workflow.name, workflow.survey) == ("Renamed", other)


def test_edit_keeps_the_survey_of_a_saved_task_and_says_why(
    signed_in: Client, brand: Brand, survey: Survey, workflow: Workflow, task: SegmentTask
) -> None:
    other = make_survey(brand, name="Other survey")
    url = reverse("workflow_edit", args=[workflow.pk])
    assert "so it cannot change" in signed_in.get(url).text
    signed_in.post(url, {"name": "Renamed", "survey": other.pk})
    workflow.refresh_from_db()
    assert (workflow.name, workflow.survey) == ("Renamed", survey)


def test_edit_without_a_name_keeps_the_old_one_in_the_crumbs(signed_in: Client, workflow: Workflow) -> None:
    response = signed_in.post(
        reverse("workflow_edit", args=[workflow.pk]), {"name": "", "survey": workflow.survey_id}
    )
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["name"])
    assert workflow.name in response.text


def test_delete_asks_first_and_keeps_the_runs(
    signed_in: Client, survey: Survey, workflow: Workflow, task: SegmentTask
) -> None:
    delivery = make_delivery(make_submission(survey), task)
    url = reverse("workflow_delete", args=[workflow.pk])
    assert workflow.name in signed_in.get(url).text
    workflow.refresh_from_db()
    assert workflow.deleted_at is None
    assert signed_in.post(url).url == LIST
    assert signed_in.get(detail(workflow)).status_code == 404
    assert signed_in.get(LIST).context["rows"] == []
    run = signed_in.get(reverse("run_detail", args=[delivery.submission_id]))
    assert f"{workflow.name} (deleted)" in run.text


def test_a_name_is_text_not_markup(signed_in: Client, survey: Survey) -> None:
    workflow = make_workflow(survey, name="<script>alert(1)</script>")
    for url in (LIST, detail(workflow), reverse("workflow_delete", args=[workflow.pk])):
        text = signed_in.get(url).text
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_saved_again_the_card_has_no_unsaved_changes(
    signed_in: Client, workflow: Workflow, task: SegmentTask
) -> None:
    task.rows = [{"key": "name", "value": "${name}"}]
    task.save()
    revise_task(task)
    (card,) = signed_in.get(detail(workflow)).context["cards"]
    assert (card.has_unsaved_changes, card.line.fields) == (False, "1 field")
