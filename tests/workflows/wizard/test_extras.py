"""Time, context and integrations: folded away, kept as typed, and wrong where they are wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories as make
from tests.workflows.wizard.conftest import NewTask, messages, press, text_of, url
from tests.workflows.wizard.test_preview import preview, shown_event
from workflows.mapping.extras import CONTEXT_NAMES
from workflows.selectors.tasks import differs_from_saved
from workflows.services.tasks import save_task

pytestmark = pytest.mark.django_db

EXTRAS = {
    "timestamp": " ${comment} ",
    "context-page.url": "https://example.com/${name}",
    "context-ip": "192.0.2.7",
    "context-locale": "",
    "integration-3-name": "Mixpanel",
    "integration-3-on": "off",
    "integration-1-name": " All ",
    "integration-1-on": "on",
    "integration-4-name": "  ",
    "integration-4-on": "off",
}
KEPT = {
    "timestamp": " ${comment} ",
    "context": {"page.url": "https://example.com/${name}", "ip": "192.0.2.7"},
    "integrations": {"Mixpanel": False, "All": True},
}


def inputs(page: Any) -> dict[str, str]:
    """The folded part's inputs with anything in them."""
    markup = re.search(r'<details id="extras".*?</details>', text_of(page), re.DOTALL)
    assert markup
    found = re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', markup[0])
    return {name: value for name, value in found if value}


def is_open(page: Any) -> bool:
    return '<details id="extras" class="adder" open>' in text_of(page)


def test_they_are_folded_away_while_nothing_is_set(signed_in: Client, new_task: NewTask) -> None:
    page = signed_in.get(url(new_task("mappings"), "mappings"))
    assert not is_open(page)
    text = text_of(page)
    assert ">Time, context and integrations</summary>" in text
    for name in ("timestamp", *(f"context-{name}" for name in CONTEXT_NAMES)):
        assert f'<label for="id_{name}">' in text
        assert f'data-pipe-for="id_{name}"' in text
        assert f'id="id_{name}_help"' in text
    assert text.count('name="integration-1-name"') == 1
    assert "integration-2" not in text


def test_they_are_kept_as_typed_and_shown_again(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert press(signed_in, task, {"action": "draft", **EXTRAS}).status_code == 303
    task.refresh_from_db()
    assert {name: getattr(task, name) for name in KEPT} == KEPT
    page = signed_in.get(url(task, "mappings"))
    assert is_open(page)
    assert inputs(page) == {
        "timestamp": " ${comment} ",
        "context-page.url": "https://example.com/${name}",
        "context-ip": "192.0.2.7",
        "integration-1-name": "Mixpanel",
        "integration-2-name": "All",
    }
    assert 'name="integration-3-name"' in text_of(page)


def test_what_is_typed_is_what_is_previewed_and_saved(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"name": "Ada", "comment": "2025-03-31T14:05:00Z"})
    event = shown_event(preview(signed_in, task, user_id="${name}", **EXTRAS))
    assert event["timestamp"] == "2025-03-31T14:05:00.000+00:00"
    assert event["context"]["page"] == {"url": "https://example.com/Ada"}
    assert event["context"]["ip"] == "192.0.2.7"
    assert event["integrations"] == {"All": True, "Mixpanel": False}

    data = {"action": "save", "user_id": "${name}", **EXTRAS}
    assert press(signed_in, task, data).status_code == 303
    task.refresh_from_db()
    saved = task.current_revision
    assert saved is not None
    assert {name: saved.definition[name] for name in KEPT} == KEPT | {
        "context": dict(reversed(KEPT["context"].items()))  # type: ignore[attr-defined]
    }
    assert not differs_from_saved(task)
    press(signed_in, task, data | {"action": "draft", "integration-3-on": "on"})
    task.refresh_from_db()
    assert differs_from_saved(task)


def test_another_order_of_integrations_is_no_difference(new_task: NewTask) -> None:
    task = new_task("mappings", user_id="${email}", integrations={"A": True, "B": False})
    save_task(task)
    task.integrations = {"B": False, "A": True}
    task.save()
    assert not differs_from_saved(task)
    assert save_task(task).number == 1


@pytest.mark.parametrize(
    ("name", "subject", "anchor"),
    [
        ("timestamp", "Timestamp", "id_timestamp"),
        ("context-page.url", "Page URL", "id_context-page.url"),
    ],
)
def test_an_error_stands_beside_its_input_and_is_linked(
    signed_in: Client, new_task: NewTask, name: str, subject: str, anchor: str
) -> None:
    task = new_task("mappings", user_id="${email}")
    data = {"user_id": "${email}", name: "${nowhere}"}
    page = press(signed_in, task, {"action": "save", **data})
    assert page.context["notice"].text.startswith("The task is not saved: it has 1 error.")
    text = text_of(page)
    box = re.search(rf'<div class="problems" id="{name}-problems">(.*?)</div>', text)
    assert box is not None
    assert "no field “nowhere”" in box[1]
    assert re.search(rf'id="{anchor}"[^>]* aria-invalid="true"', text)
    (finding,) = [found for found in page.context["preview"].findings if found.level == "error"]
    assert (finding.subject, finding.where) == (subject, name)
    assert finding.href == f"{url(task, 'mappings')}#{anchor}"
    assert is_open(page)


def test_a_value_that_a_sample_spoils_is_linked_to_its_input(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"comment": "some day"})
    response = preview(signed_in, task, user_id="x1", timestamp="${comment}")
    (finding,) = [found for found in response.context["preview"].findings if found.where == "timestamp"]
    assert (finding.level, finding.subject) == ("warning", "Timestamp")


def test_a_name_that_segment_does_not_know_can_be_seen_and_taken_out(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings", user_id="${email}", context={"os": "x"})
    page = signed_in.get(url(task, "mappings"))
    assert 'name="context-os"' in text_of(page)
    assert "“os” is not a context field" in text_of(page)
    (finding,) = [found for found in page.context["preview"].findings if found.level == "error"]
    assert finding.href.endswith("#extras")
    press(signed_in, task, {"action": "draft", "context-os": ""})
    task.refresh_from_db()
    assert task.context == {}


def test_an_integration_twice_is_refused_and_nothing_is_lost(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    data = EXTRAS | {"integration-1-name": "Mixpanel"}
    page = press(signed_in, task, {"action": "draft", **data})
    message = "The integration “Mixpanel” is listed twice. Take one of the two out."
    assert page.context["form"].non_field_errors() == [message]
    assert page.context["preview"].findings[0].message == message
    assert [inputs(page)[f"integration-{number}-name"] for number in (1, 3)] == ["Mixpanel", "Mixpanel"]
    assert messages(page) == []


def test_too_many_integrations_are_refused(signed_in: Client, new_task: NewTask) -> None:
    data = {f"integration-{number}-name": f"Destination {number}" for number in range(101)}
    page = press(signed_in, new_task("mappings"), {"action": "draft", **data})
    assert page.context["form"].non_field_errors() == ["A task has at most 100 integrations. Remove some."]


def test_what_was_typed_is_escaped(signed_in: Client, new_task: NewTask) -> None:
    hostile = '"><script>alert(1)</script>'
    data = dict.fromkeys(EXTRAS, hostile) | {f"context-{hostile}": hostile}
    page = press(signed_in, new_task("mappings"), {"action": "preview", **data})
    assert "<script>alert" not in page.content.decode()
