"""A task with an error finding is saved by no route."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make
from tests.workflows.wizard.conftest import NewTask, form_rows, press, url
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, SegmentTask, SurveyField, TaskRevision
from workflows.services.tasks import TaskIncompleteError, copy_task, save_task

pytestmark = pytest.mark.django_db

SOUND = {"user_id": "${email}", **form_rows(("name", "${name}"))}
BROKEN = [
    {"user_id": ""},
    {"user_id": "${nowhere}"},
    {"user_id": "${email"},
    {"anonymous_id": "~{ch://1/$.x}"},
    {"row-1-key": ""},
    {"row-1-key": "a..b"},
    {"row-1-value": "${nowhere}"},
    {"row-1-value": "${name | nofilter}"},
    {"row-1-type": "integer"},
    {"row-1-if": "explode"},
    {"row-1-type": "number", "row-1-if": "default", "row-1-default": "nine"},
    {"row-2-key": "name", "row-2-value": "again"},
    {"timestamp": "${nowhere}"},
    {"context-ip": "${"},
    {"context-os": "x"},
]


def count_revisions(task: SegmentTask) -> tuple[int, int | None]:
    task.refresh_from_db()
    return TaskRevision.objects.count(), task.current_revision_id


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("is_saved", [False, True])
def test_the_form_refuses_it_and_keeps_the_draft(
    signed_in: Client, new_task: NewTask, broken: dict[str, str], is_saved: bool
) -> None:
    task = new_task("mappings")
    if is_saved:
        press(signed_in, task, {"action": "save", **SOUND})
    before = count_revisions(task)
    page = press(signed_in, task, {"action": "save", **SOUND, **broken})
    assert page.status_code == 200
    assert page.context["notice"].is_error
    assert "is not saved" in page.context["notice"].text
    errors = [finding for finding in page.context["preview"].findings if finding.level == "error"]
    assert errors
    assert all(finding.href for finding in errors)
    assert count_revisions(task) == before


@pytest.mark.parametrize(
    "button",
    [
        *({"action": name} for name in ("add", "paste", "map", "undo", "preview", "draft", "back", "", "x")),
        *({name: "1"} for name in ("remove", "duplicate", "up", "down")),
        {"fix": "row-1 set_type number"},
        {"action": "draft", "next": "event"},
    ],
)
def test_no_other_button_saves_a_task(signed_in: Client, new_task: NewTask, button: dict[str, str]) -> None:
    task = new_task("mappings")
    response = press(signed_in, task, SOUND | {"row-1-value": "${nowhere}"} | button)
    assert response.status_code in (200, 303)
    assert count_revisions(task) == (0, None)


@pytest.mark.parametrize("name", ["task_preview", "task_run", "task_test", "task_sample_save"])
def test_no_other_address_saves_a_task(signed_in: Client, new_task: NewTask, name: str) -> None:
    task = new_task("mappings")
    data = SOUND | {"row-1-value": "${nowhere}", "action": "save", "step": "mappings"}
    assert signed_in.post(reverse(name, args=[task.pk]), data).status_code in (200, 303)
    assert count_revisions(task) == (0, None)


def test_a_draft_that_another_tab_breaks_meanwhile_is_refused(
    signed_in: Client, new_task: NewTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task("mappings")

    def save_after_another_tab(draft: SegmentTask, user: Any) -> TaskRevision:
        press(signed_in, task, {"action": "draft", **SOUND, "row-1-value": "${nowhere}"})
        return save_task(draft, user)

    monkeypatch.setattr("workflows.wizard.mapping_views.save_task", save_after_another_tab)
    page = press(signed_in, task, {"action": "save", **SOUND})
    assert page.context["notice"].text.startswith("The task is not saved: it has 1 error.")
    assert count_revisions(task) == (0, None)


def test_a_second_tab_with_an_error_does_not_undo_the_first_tabs_save(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    press(signed_in, task, {"action": "save", **SOUND})
    saved = count_revisions(task)
    page = press(signed_in, task, {"action": "save", **SOUND, "row-1-value": "${nowhere}"})
    assert page.context["notice"].is_error
    assert count_revisions(task) == saved
    assert saved[0] == 1


def test_a_field_that_the_survey_lost_since_the_page_was_loaded_refuses_the_save(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    assert signed_in.get(url(task, "mappings")).status_code == 200
    SurveyField.objects.filter(survey=task.workflow.survey, key="name").delete()
    page = press(signed_in, task, {"action": "save", **SOUND})
    assert [problem.code for problem in page.context["rows"][0].problems] == ["unknown_field"]
    assert count_revisions(task) == (0, None)


def test_a_copy_of_a_broken_draft_is_refused_too_and_has_all_of_it(new_task: NewTask) -> None:
    columns = {
        "user_id": "${email}",
        "rows": [{"key": "a", "value": "x", "type": "number", "if_invalid": "stop"}],
        "timestamp": "${comment}",
        "context": {"ip": "${"},
        "integrations": {"All": False},
    }
    copy = copy_task(new_task("mappings", **columns))
    assert {name: getattr(copy, name) for name in columns} == columns
    with pytest.raises(TaskIncompleteError) as refusal:
        save_task(copy)
    assert [problem.code for problem in refusal.value.problems] == ["unterminated_pipe"]
    assert not TaskRevision.objects.exists()


def test_switching_a_broken_task_on_makes_nothing_of_it_to_be_sent(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings", user_id="${nowhere}", is_enabled=False)
    signed_in.post(reverse("task_enable", args=[task.pk]), {"is_enabled": "on"})
    make.make_submission(task.workflow.survey, {"email": "a@b.io"})
    plan_submissions(10)
    assert count_revisions(task) == (0, None)
    assert not Delivery.objects.filter(task=task).exclude(status="skipped").exists()


def test_what_a_draft_cannot_hold_is_neither_kept_nor_saved(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    for action in ("draft", "save", "back"):
        page = press(signed_in, task, {"action": action, **SOUND, "row-1-value": "x" * 33_000})
        assert page.status_code == 200
        assert page.context["form"].non_field_errors() == [
            "“name” has 33 KB, and at most 32 KB can be kept. Shorten it."
        ]
        assert page.context["preview"].findings[0].href == f"{url(task, 'mappings')}#row-1-value"
    task.refresh_from_db()
    assert task.rows == []
