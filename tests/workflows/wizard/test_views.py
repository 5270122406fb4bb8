"""Adding a task, resuming it, and who may open what."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.workflows.wizard.conftest import HTMX, NewTask, messages, text_of, url
from workflows.models import SegmentTask, Workflow
from workflows.services.tasks import delete_task, save_task

pytestmark = pytest.mark.django_db

STEPS = ["account", "workspace", "source", "event", "region", "mappings"]


def test_adding_makes_a_draft_and_opens_its_first_step(signed_in: Client, workflow: Workflow) -> None:
    response = signed_in.post(reverse("task_add", args=[workflow.pk]))
    task = SegmentTask.objects.get()
    assert (response.status_code, response.url) == (303, url(task, "account"))
    assert task.created_by == response.wsgi_request.user


def test_adding_at_a_position_goes_there(signed_in: Client, workflow: Workflow, new_task: NewTask) -> None:
    first = new_task()
    signed_in.post(reverse("task_add", args=[workflow.pk]), {"position": "0"})
    first.refresh_from_db()
    assert first.position == 1


@pytest.mark.parametrize("position", ["", "x", "-1", "99999999999", "²"])
def test_an_unreadable_position_is_the_end(signed_in: Client, workflow: Workflow, position: str) -> None:
    assert signed_in.post(reverse("task_add", args=[workflow.pk]), {"position": position}).status_code == 303


def test_adding_is_not_for_links(signed_in: Client, workflow: Workflow) -> None:
    assert signed_in.get(reverse("task_add", args=[workflow.pk])).status_code == 405


def test_another_brand_cannot_add(stranger: Client, workflow: Workflow) -> None:
    assert stranger.post(reverse("task_add", args=[workflow.pk])).status_code == 404
    assert not SegmentTask.objects.exists()


def urls_of(task: SegmentTask) -> list[tuple[str, str]]:
    names = {
        "task_detail": "get",
        "task_preview": "post",
        "task_account_add": "post",
        "task_sources": "get",
        "task_source_create": "post",
        "task_source_check_name": "get",
    }
    steps = [(method, url(task, step)) for step in STEPS for method in ("get", "post")]
    return steps + [(method, reverse(name, args=[task.pk])) for name, method in names.items()]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_another_brand_finds_nothing(stranger: Client, new_task: NewTask, headers: dict[str, str]) -> None:
    task = new_task("mappings")
    for method, address in urls_of(task):
        assert getattr(stranger, method)(address, headers=headers).status_code == 404, address


def test_a_deleted_task_is_not_found(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    delete_task(task)
    for method, address in urls_of(task):
        assert getattr(signed_in, method)(address).status_code == 404, address


def test_a_task_of_a_deleted_workflow_is_not_found(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    task.workflow.deleted_at = task.created_at
    task.workflow.save()
    assert signed_in.get(url(task, "account")).status_code == 404


def test_an_unknown_step_is_not_found(signed_in: Client, new_task: NewTask) -> None:
    assert signed_in.get(url(new_task(), "nowhere")).status_code == 404


@pytest.mark.parametrize("step", STEPS)
def test_resuming_leads_to_the_first_unfinished_step(signed_in: Client, new_task: NewTask, step: str) -> None:
    task = new_task(step)
    response = signed_in.get(reverse("task_detail", args=[task.pk]))
    assert response.url == url(task, step)


def test_resuming_a_saved_task_leads_to_its_mappings(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", user_id="${email}")
    save_task(task)
    assert signed_in.get(reverse("task_detail", args=[task.pk])).url == url(task, "mappings")


def test_a_task_left_after_step_three_is_resumed_elsewhere_with_nothing_lost(
    user: object, new_task: NewTask
) -> None:
    task = new_task("event", rows=[{"key": "a", "value": "b"}])
    elsewhere = Client()
    elsewhere.force_login(user)  # type: ignore[arg-type]
    response = elsewhere.get(reverse("task_detail", args=[task.pk]), follow=True)
    assert response.redirect_chain[-1][0] == url(task, "event")
    chosen = [line.chosen for line in response.context["steps"]]
    assert chosen == ["Acme Oregon · shared by your brand", "Acme", "website", "", "", "1 field"]


@pytest.mark.parametrize(
    ("opened", "at"), [("mappings", "account"), ("region", "source"), ("event", "workspace")]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_step_too_early_leads_to_the_unfinished_one(
    signed_in: Client, new_task: NewTask, opened: str, at: str, method: str
) -> None:
    task = new_task(at)
    response = getattr(signed_in, method)(url(task, opened))
    assert (response.status_code, response.url) == (303, url(task, at))
    page = signed_in.get(url(task, at) if at == "account" else url(task, "account"))
    assert messages(page) == [f"Finish the step “{at.title()}” first."]


@pytest.mark.parametrize("step", ["account", "event", "region", "mappings"])
def test_each_step_shows_the_six_steps_and_the_preview(
    signed_in: Client, new_task: NewTask, step: str
) -> None:
    response = signed_in.get(url(new_task("mappings"), step))
    assert [line.slug for line in response.context["steps"]] == STEPS
    assert [line.slug for line in response.context["steps"] if line.is_current] == [step]
    assert 'id="preview"' in text_of(response)
    assert response["Vary"].count("HX-Request") == 1


def test_only_steps_that_can_be_opened_are_links(signed_in: Client, new_task: NewTask) -> None:
    response = signed_in.get(url(new_task("region"), "event"))
    assert [bool(line.url) for line in response.context["steps"]] == [True] * 5 + [False]


def test_strangers_are_sent_to_sign_in(client: Client, new_task: NewTask) -> None:
    task = new_task()
    assert reverse("sign_in") in client.get(url(task, "account")).url
    answer = client.post(reverse("task_preview", args=[task.pk]), headers=HTMX)
    assert reverse("sign_in") in answer["HX-Redirect"]
