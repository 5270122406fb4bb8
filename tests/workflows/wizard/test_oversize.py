"""A form that is too large is refused in words, where the person is looking; nothing stored changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, press, text_of, url

pytestmark = pytest.mark.django_db

TOO_MUCH = {"user_id": "${email}", "row-1-key": "a", "row-1-value": "x" * 1_100_000}
TOO_MANY = {f"row-{number}-key": "" for number in range(5_001)}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(params=[TOO_MUCH, TOO_MANY], ids=["bytes", "inputs"])
def oversize(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[False, True], ids=["checked in the view", "checked with the token"])
def client_of_user(request: pytest.FixtureRequest, user: User) -> Client:
    """The token's check reads the form before any view does."""
    client = Client(enforce_csrf_checks=request.param)
    client.force_login(user)
    client.cookies["csrftoken"] = "x" * 32
    return client


def encode(data: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in data.items())


def test_the_page_says_what_to_do_and_the_draft_is_as_it_was(
    client_of_user: Client, new_task: NewTask, oversize: dict[str, str]
) -> None:
    task = new_task("mappings", rows=[{"key": "kept", "value": "1"}])
    response = client_of_user.post(url(task, "mappings"), encode({"action": "draft"} | oversize), FORM)
    assert response.status_code == 413
    text = text_of(response)
    assert "Go back with your browser: what you typed is still there." in text
    assert "1 MB, or 5,000 inputs" in text
    task.refresh_from_db()
    assert task.rows == [{"key": "kept", "value": "1"}]


def test_the_preview_says_why_in_its_place(
    client_of_user: Client, new_task: NewTask, oversize: dict[str, str]
) -> None:
    address = reverse("task_preview", args=[new_task("mappings").pk])
    response = client_of_user.post(address, encode({"step": "mappings"} | oversize), FORM, headers=HTMX)
    assert response.status_code == 200  # htmx swaps nothing else
    text = text_of(response)
    assert text.startswith('<div id="preview" class="preview-body">')
    assert "This is more than the server takes at once" in text
    assert 'id="preview-badge" class="preview-badge" hx-swap-oob="true"' in text


@pytest.mark.parametrize("name", ["task_step", "task_run", "task_test", "task_sample_save"])
def test_every_other_button_says_it_above_the_form(
    client_of_user: Client, new_task: NewTask, oversize: dict[str, str], name: str
) -> None:
    task = new_task("mappings")
    address = reverse(name, args=[task.pk, "mappings"] if name == "task_step" else [task.pk])
    response = client_of_user.post(address, encode({"action": "paste"} | oversize), FORM, headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (200, "#step-notice")
    assert text_of(response).startswith('<div id="step-notice"')


def test_other_pages_are_told_too(client_of_user: Client, new_task: NewTask) -> None:
    response = client_of_user.post(reverse("survey_add"), encode(TOO_MUCH), FORM)
    assert response.status_code == 413


def test_five_hundred_rows_with_all_their_settings_are_not_too_many(
    signed_in: Client, new_task: NewTask
) -> None:
    rows = form_rows(*[(f"key_{n}", "${name}", "number", "default", str(n)) for n in range(500)])
    task = new_task("mappings")
    assert press(signed_in, task, {"action": "draft", **rows}).status_code == 303
    task.refresh_from_db()
    assert len(task.rows) == 500
    assert task.rows[7] == {
        "key": "key_7",
        "value": "${name}",
        "type": "number",
        "if_invalid": "default",
        "default": "7",
    }
