"""A brand with a member, a survey and a workflow, and tasks at any stage of the wizard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Brand, SegmentAccount, User
from segment.sandbox import fixtures
from tests import factories as make
from workflows.models import SegmentTask, Workflow
from workflows.services.tasks import add_task

NewTask = Callable[..., SegmentTask]
HTMX = {"HX-Request": "true"}


def url(task: SegmentTask, step: str) -> str:
    return reverse("task_step", args=[task.pk, step])


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def text_of(response: Any) -> str:
    """The page's markup without the white space that only indents it."""
    text = re.sub(r"\s+", " ", response.content.decode()).strip()
    return text.replace("> ", ">").replace(" <", "<")


ROW_PARTS = ("key", "value", "type", "if", "default")


def form_rows(*rows: tuple[str, ...]) -> dict[str, str]:
    """The mapping form's fields for these rows (key, value, and perhaps type, rule, default), from 1."""
    data: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        data |= {f"row-{number}-{part}": text for part, text in zip(ROW_PARTS, row, strict=False)}
    return data


def press(
    client: Client, task: SegmentTask, data: dict[str, str], headers: dict[str, str] | None = None
) -> Any:
    """Post the mapping form as a button of it does."""
    return client.post(url(task, "mappings"), data, headers=headers or {})


def rows_of(page: Any) -> list[tuple[str, str]]:
    """Key and value of each row on the page."""
    return [(row.key, row.value) for row in page.context["rows"]]


@pytest.fixture
def brand() -> Brand:
    return make.make_brand()


@pytest.fixture
def user(brand: Brand) -> User:
    return make.make_user(brand, name="Mia")


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def stranger(user: User) -> Client:
    """Signed in, of another brand."""
    client = Client()
    client.force_login(make.make_user(make.make_brand("Globex")))
    return client


@pytest.fixture
def workflow(brand: Brand) -> Workflow:
    return make.make_workflow(make.make_survey(brand))


@pytest.fixture
def account(brand: Brand) -> SegmentAccount:
    return make.make_account(brand, name="Acme Oregon", workspace_id=fixtures.ACME.id)


@pytest.fixture
def new_task(workflow: Workflow, account: SegmentAccount) -> NewTask:
    """A draft whose steps before `at` are done; further columns as given."""

    def new(at: str = "account", **columns: Any) -> SegmentTask:
        source = make.make_source(
            workflow.brand,
            account,
            segment_id=fixtures.source_id("acme", "website"),
            write_key=columns.pop("write_key", ""),
        )
        done = {
            "workspace": {"account": account},
            "source": {"workspace_id": fixtures.ACME.id, "workspace_name": "Acme"},
            "event": {"source": source},
            "region": {"event_type": "identify"},
            "mappings": {"region": "oregon"},
        }
        values: dict[str, Any] = {}
        for step, filled in done.items():
            if at == "account":
                break
            values |= filled
            if step == at:
                break
        task = add_task(workflow)
        for name, value in (values | columns).items():
            setattr(task, name, value)
        task.save()
        return task

    return new
