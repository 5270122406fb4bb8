"""Copying, moving, switching and deleting a task from the workflow's page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_task
from workflows.models import SegmentTask, Workflow

ACTIONS = ["task_copy", "task_move", "task_enable", "task_delete"]


def url(name: str, task: SegmentTask) -> str:
    return reverse(name, args=[task.pk])


def order(workflow: Workflow) -> list[int]:
    tasks = workflow.tasks.filter(deleted_at=None).order_by("position")
    return list(tasks.values_list("pk", flat=True))


@pytest.mark.parametrize("name", ACTIONS)
def test_another_brands_task_does_not_exist(stranger: Client, task: SegmentTask, name: str) -> None:
    before = SegmentTask.objects.values().get()
    assert stranger.post(url(name, task), {"direction": "up"}).status_code == 404
    assert SegmentTask.objects.values().get() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_somebody_not_signed_in_is_sent_to_sign_in(client: Client, task: SegmentTask, name: str) -> None:
    assert client.post(url(name, task)).url.startswith(reverse("sign_in"))


@pytest.mark.parametrize("name", ["task_copy", "task_move", "task_enable"])
def test_reading_an_action_changes_nothing(signed_in: Client, task: SegmentTask, name: str) -> None:
    assert signed_in.get(url(name, task)).status_code == 405


def test_copy_makes_a_draft_below_and_shows_it(signed_in: Client, workflow: Workflow) -> None:
    first, second = make_task(workflow), make_task(workflow)
    response = signed_in.post(url("task_copy", first))
    copy = SegmentTask.objects.exclude(pk__in=[first.pk, second.pk]).get()
    assert order(workflow) == [first.pk, copy.pk, second.pk]
    assert copy.is_saved is False
    assert response.url == f"{reverse('workflow_detail', args=[workflow.pk])}#task-{copy.pk}"


def test_move_swaps_with_the_neighbour(signed_in: Client, workflow: Workflow) -> None:
    first, second = make_task(workflow), make_task(workflow)
    signed_in.post(url("task_move", first), {"direction": "down"})
    assert order(workflow) == [second.pk, first.pk]
    signed_in.post(url("task_move", first), {"direction": "up"})
    assert order(workflow) == [first.pk, second.pk]


def test_move_needs_a_direction(signed_in: Client, task: SegmentTask) -> None:
    assert signed_in.post(url("task_move", task), {"direction": "sideways"}).status_code == 400


def test_switch_off_and_on(signed_in: Client, task: SegmentTask) -> None:
    for value, is_enabled in (("off", False), ("on", True)):
        signed_in.post(url("task_enable", task), {"is_enabled": value})
        task.refresh_from_db()
        assert task.is_enabled is is_enabled


def test_delete_asks_first(signed_in: Client, workflow: Workflow, task: SegmentTask) -> None:
    assert "Delete this task?" in signed_in.get(url("task_delete", task)).text
    assert order(workflow) == [task.pk]
    assert signed_in.post(url("task_delete", task)).url == reverse("workflow_detail", args=[workflow.pk])
    assert order(workflow) == []
    assert signed_in.post(url("task_delete", task)).status_code == 404
