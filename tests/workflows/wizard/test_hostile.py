"""Anything may be posted: each is handled or refused with a message, none is slow, none an error of ours."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, press

pytestmark = pytest.mark.django_db

MOST_SECONDS = 0.2
LIMIT_ROWS = form_rows(*[(f"field_{number}", "${name}") for number in range(500)])
TOO_MANY_ROWS = form_rows(*[(f"field_{number}", "${name}") for number in range(501)])
HOSTILE: dict[str, dict[str, str]] = {
    "a null character": form_rows(("a\x00b", "x\x00", "\x00", "\x00", "\x00")),
    "half a surrogate pair": form_rows(("\\ud83d", "\\ud83d")),
    "a prototype": form_rows(("__proto__.polluted", "1"), ("constructor.prototype.x", "2")),
    "Arabic": form_rows(("الاسم", "${name}")),
    "an emoji": form_rows(("🦄.🌈", "${name} 🎉")),
    "20 KB": form_rows(("a", "x" * 20_480)),
    "20 KB of brackets": form_rows(("a", "[" * 20_480, "json"), ("[" * 255, "x"))
    | {"row-3-key": "a" + "[]" * 100, "row-3-value": "y"},
    "20 KB of quotes": form_rows(("a", "${name | replace:" + '"' * 20_000 + "}")),
    "10,000 pipes": form_rows(("a", "${name}" * 10_000)),
    "10,000 pipes that are broken": form_rows(("a", "${" * 10_000)),
    "10,000 pipes to nowhere": form_rows(("a", "${x}" * 8_000)),
    "a type and a rule of ours": form_rows(("a", "1", "x" * 9_000, "y" * 9_000, "z" * 9_000)),
    "a name that is 9 digits": {"row-999999999-key": "a", "row-000000000-value": "b"},
    "arabic digits": {"row-٣-key": "a", "row-٣-value": "b"},
    "context and integrations": {
        **{f"context-{number}": "${" for number in range(1_000)},
        **{f"integration-{number}-name": f"x{number}" for number in range(90)},
        "context-\x00": "\x00",
        "timestamp": "\x00${" + "9" * 5_000,
    },
    "500 rows": LIMIT_ROWS,
    "501 rows": TOO_MANY_ROWS,
}
BUTTONS = [
    {"action": "preview"},
    {"action": "draft"},
    {"action": "save"},
    {"action": "map"},
    {"action": "paste", "paste": "a\tb"},
    {"duplicate": "1"},
    {"fix": "row-1 set_key \x00"},
]


def seconds_of(client: Client, address: str, data: dict[str, str]) -> float:
    """This thread's own time, in the quicker of two tries: other programs share the machine."""
    times = []
    for _ in range(2):
        begun = time.thread_time()
        response = client.post(address, data, headers=HTMX)
        times.append(time.thread_time() - begun)
        assert response.status_code == 200
    return min(times)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_preview_answers_quickly(signed_in: Client, new_task: NewTask, name: str) -> None:
    address = reverse("task_preview", args=[new_task("mappings").pk])
    data = {"step": "mappings", "user_id": "${email}", **HOSTILE[name]}
    assert seconds_of(signed_in, address, data) < MOST_SECONDS


@pytest.mark.parametrize("name", HOSTILE)
def test_no_button_fails(signed_in: Client, new_task: NewTask, name: str) -> None:
    task = new_task("mappings")
    for button in BUTTONS:
        response = press(signed_in, task, {"user_id": "${email}", **HOSTILE[name], **button})
        assert response.status_code in (200, 303), button
        assert press(signed_in, task, {**HOSTILE[name], **button}, HTMX).status_code in (200, 303), button


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("500 lines", "\n".join(f"key_{number}\t${{name}}" for number in range(500))),
        ("5,000 lines", "\n".join(f"key_{number}\t${{name}}" for number in range(5_000))),
        ("5,000 lines without a key", "\tx\n" * 5_000),
        ("one long line", "x" * 500_000),
        ("brackets", "[" * 100_000),
        ("an object", '{"a": ' * 5_000 + "1" + "}" * 5_000),
        ("a prototype", '{"__proto__": {"x": 1}, "a": "\\ud800\\u0000"}'),
        ("quotes", '"' * 100_000),
    ],
)
def test_whatever_is_pasted_is_answered_quickly(
    signed_in: Client, new_task: NewTask, kind: str, text: str
) -> None:
    task = new_task("mappings")
    address = reverse("task_step", args=[task.pk, "mappings"])
    data = {"action": "paste", "paste": text, "user_id": "${email}", **form_rows(("a", "1"))}
    assert seconds_of(signed_in, address, data) < MOST_SECONDS
    page = press(signed_in, task, data)
    assert page.context["notice"].text
    assert len(page.context["rows"]) <= 500
