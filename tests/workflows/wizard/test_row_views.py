"""The buttons of the rows, as a browser presses them: with htmx and without."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, press, rows_of, text_of, url

pytestmark = pytest.mark.django_db

THREE = form_rows(("a", "1"), ("b", "2"), ("c", "3"))


def numbers(page: Any) -> list[int]:
    return [row.number for row in page.context["rows"]]


def undo_rows(page: Any) -> str:
    """What the page's form would send back to undo, without JavaScript; "" when it offers nothing."""
    found = re.search(
        r'<noscript>\s*<input type="hidden" name="undo_rows" value="([^"]*)"', page.content.decode()
    )
    return unescape(found[1]) if found else ""


# Adding


def test_adding_a_field_keeps_what_was_typed_and_puts_the_focus_there(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    rows = form_rows(("a", "1", "number", "default", "0"), ("b", "2"))
    page = press(signed_in, task, {"action": "add", "user_id": "typed", **rows})
    assert rows_of(page) == [("a", "1"), ("b", "2"), ("", "")]
    first = page.context["rows"][0]
    assert (first.type, first.if_invalid, first.default) == ("number", "default", "0")
    text = text_of(page)
    assert 'value="typed"' in text
    assert re.search(r'id="row-3-key"[^>]* autofocus', text)
    task.refresh_from_db()
    assert task.rows == []


def test_htmx_gets_the_new_row_alone_with_a_number_of_its_own(signed_in: Client, new_task: NewTask) -> None:
    data = {"action": "add", "row-7-key": "a", "row-7-value": "1", "row-2-key": "b", "row-2-value": ""}
    part = text_of(press(signed_in, new_task("mappings"), data, HTMX))
    assert part.startswith('<li class="map-row" id="row-8"')
    assert part.count("<li") == 1
    assert "data-focus" in part


def test_five_hundred_fields_are_kept_and_one_more_is_refused(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    rows = [(f"field_{number}", "${name}") for number in range(500)]
    assert press(signed_in, task, {"action": "draft", **form_rows(*rows)}).status_code == 303
    task.refresh_from_db()
    assert len(task.rows) == 500
    assert len(signed_in.get(url(task, "mappings")).context["rows"]) == 500

    refusal = "A task has at most 500 fields. Remove one first."
    for button in ({"action": "add"}, {"duplicate": "1"}):
        page = press(signed_in, task, button | form_rows(*rows))
        assert (page.context["notice"].text, page.context["notice"].is_error) == (refusal, True)
    part = press(signed_in, task, {"action": "add", **form_rows(*rows)}, HTMX)
    assert (part["HX-Retarget"], refusal in text_of(part)) == ("#step-notice", True)

    page = press(signed_in, task, {"action": "draft", **form_rows(*rows, ("extra", "x"))})
    assert page.context["form"].non_field_errors() == [
        "A task has at most 500 fields, and these are 501. Remove some."
    ]
    assert len(rows_of(page)) == 501
    assert page.context["preview"].findings[0].message == page.context["form"].non_field_errors()[0]


# Removing, duplicating, moving


@pytest.mark.parametrize(
    ("button", "keys", "shown", "notice"),
    [
        ({"remove": "2"}, "ac", [1, 3], "Removed the field “b”."),
        (
            {"duplicate": "2"},
            "abbc",
            [1, 2, 4, 3],
            "Duplicated the field “b”. Type another key for the copy.",
        ),
        ({"up": "2"}, "bac", [2, 1, 3], ""),
        ({"down": "2"}, "acb", [1, 3, 2], ""),
        ({"up": "1"}, "abc", [1, 2, 3], ""),
        ({"down": "3"}, "abc", [1, 2, 3], ""),
    ],
)
def test_a_rows_button_does_it_to_that_row(
    signed_in: Client, new_task: NewTask, button: dict[str, str], keys: str, shown: list[int], notice: str
) -> None:
    page = press(signed_in, new_task("mappings"), button | THREE)
    assert "".join(key for key, _value in rows_of(page)) == keys
    assert (numbers(page), page.context["notice"].text) == (shown, notice)
    part = press(signed_in, new_task("mappings"), button | THREE, HTMX)
    assert text_of(part).startswith('<ol class="map-rows"')
    assert [f"row-{number}" for number in shown] == re.findall(
        r'<li class="map-row" id="([\w-]+)"', text_of(part)
    )
    assert re.findall(r'id="([\w-]+)"[^>]* hx-swap-oob="true"', text_of(part)) == ["step-notice"]


def test_a_duplicate_has_all_of_its_row(signed_in: Client, new_task: NewTask) -> None:
    rows = form_rows(("a", "${score}", "number", "default", "0"))
    page = press(signed_in, new_task("mappings"), {"duplicate": "1", **rows})
    first, second = page.context["rows"]
    assert first.to_row() == second.to_row()
    assert [problem.code for problem in second.problems] == ["key_repeated"]
    assert second.has_focus


@pytest.mark.parametrize("name", ["remove", "duplicate", "up", "down"])
@pytest.mark.parametrize("number", ["", "x", "99", "-1", "9" * 30, "²", "1 "])
def test_a_button_of_a_row_that_is_not_there_does_nothing(
    signed_in: Client, new_task: NewTask, name: str, number: str
) -> None:
    page = press(signed_in, new_task("mappings"), {name: number, **form_rows(("a", "1"))})
    assert rows_of(page) == [("a", "1")]


# Pasting and mapping


def test_pasted_fields_are_put_in_and_those_that_are_there_are_replaced(
    signed_in: Client, new_task: NewTask
) -> None:
    rows = form_rows(("a", "1", "number", "default", "0"), ("", ""), ("b", "2"))
    page = press(signed_in, new_task("mappings"), {"action": "paste", "paste": "a\t${name}\nc\t3\n", **rows})
    assert rows_of(page) == [("a", "${name}"), ("c", "3"), ("b", "2")]
    assert (page.context["rows"][0].type, page.context["rows"][0].default) == ("number", "0")
    assert page.context["notice"].text == "1 field added, 1 replaced."
    assert not page.context["notice"].is_error
    assert page.context["rows"][1].has_focus
    assert '<details id="paste-fields" class="adder">' in text_of(page)
    assert "a\t${name}" not in page.content.decode().split('id="id_paste"')[1].split("</textarea>")[0]


def test_what_cannot_be_pasted_is_named_and_stays_in_the_box(signed_in: Client, new_task: NewTask) -> None:
    pasted = "a\t1\n\tno key <b>\n"
    data = {"action": "paste", "paste": pasted}
    page = press(signed_in, new_task("mappings"), data)
    assert rows_of(page) == [("a", "1")]
    (detail,) = page.context["notice"].details
    assert "line 2" in detail.lower()
    box = page.content.decode().split('id="id_paste"')[1].split("</textarea>")[0]
    assert "no key &lt;b&gt;" in box
    part = text_of(press(signed_in, new_task("mappings"), data, HTMX))
    assert re.findall(r'id="([\w-]+)"[^>]* hx-swap-oob="true"', part) == ["step-notice", "paste-fields"]
    assert "no key &lt;b&gt;" in part


def test_nothing_to_paste_is_an_error_that_says_how(signed_in: Client, new_task: NewTask) -> None:
    page = press(signed_in, new_task("mappings"), {"action": "paste", "paste": "  ", **THREE})
    assert page.context["notice"].is_error
    assert page.context["notice"].text.startswith("Nothing was pasted. Paste two columns")
    assert len(rows_of(page)) == 3


def test_a_paste_past_the_limit_says_what_was_left_out(signed_in: Client, new_task: NewTask) -> None:
    rows = form_rows(*[(f"field_{number}", "x") for number in range(499)])
    pasted = "\n".join(f"new_{number}\t1" for number in range(5))
    page = press(signed_in, new_task("mappings"), {"action": "paste", "paste": pasted, **rows})
    assert len(rows_of(page)) == 500
    assert page.context["notice"].text == "1 field added."
    assert page.context["notice"].details == (
        "4 were left out: a task has at most 500 fields. Remove some first.",
    )


def test_a_paste_counts_only_when_its_button_is_pressed(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert press(signed_in, task, {"action": "draft", "paste": "a\t1", **THREE}).status_code == 303
    task.refresh_from_db()
    assert [row["key"] for row in task.rows] == ["a", "b", "c"]


def test_all_fields_are_mapped_and_a_second_time_there_is_nothing_to_do(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    page = press(signed_in, task, {"action": "map", "user_id": "${email}", **form_rows(("", ""))})
    assert sorted(rows_of(page)) == [("comment", "${comment}"), ("name", "${name}"), ("score", "${score}")]
    assert page.context["notice"].text == "3 fields added."
    assert [row.problems for row in page.context["rows"]] == [(), (), ()]
    again = press(signed_in, task, {"action": "map", "user_id": "${email}", **form_rows(*rows_of(page))})
    assert again.context["notice"].text == "Every field of the survey is mapped already."
    assert rows_of(again) == rows_of(page)


# Undoing without JavaScript


@pytest.mark.parametrize(
    "button",
    [
        {"remove": "2"},
        {"duplicate": "2"},
        {"action": "map"},
        {"action": "paste", "paste": "b\tother"},
        {"fix": "row-2 set_key other"},
    ],
)
def test_a_change_of_the_rows_can_be_undone_and_done_again(
    signed_in: Client, new_task: NewTask, button: dict[str, str]
) -> None:
    task = new_task("mappings")
    rows = form_rows(("a", "1", "number", "default", "0"), ("b", "<2>"), ("", ""))
    changed = press(signed_in, task, button | rows)
    kept = undo_rows(changed)
    back = press(signed_in, task, {"action": "undo", "undo_rows": kept, **form_rows(*rows_of(changed))})
    assert rows_of(back) == [("a", "1"), ("b", "<2>"), ("", "")]
    assert (back.context["rows"][0].type, back.context["rows"][0].default) == ("number", "0")
    assert back.context["notice"].text == "The fields are as they were before."
    again = press(
        signed_in, task, {"action": "undo", "undo_rows": undo_rows(back), **form_rows(*rows_of(back))}
    )
    assert rows_of(again) == rows_of(changed)


def test_enter_in_a_field_keeps_the_draft_and_undoes_nothing(signed_in: Client, new_task: NewTask) -> None:
    """Browsers press the first button of the form, in the page's order, wherever it stands."""
    task = new_task("mappings", user_id="${email}", rows=[{"key": "age", "value": "42"}])
    page = text_of(press(signed_in, task, {"remove": "2", "user_id": "${email}", **THREE}))
    first = re.search(r'<form id="step-form"|<button[^>]* form="step-form"', page)
    assert first is not None
    assert first[0].startswith("<form")
    button = re.search(r"<button[^>]*>", page[first.start() :])
    assert button is not None
    assert 'value="draft"' in button[0]


def test_nothing_changed_and_too_much_changed_offer_no_undo(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert undo_rows(press(signed_in, task, {"up": "1", **THREE})) == ""
    large = form_rows(*[(f"field_{number}", "x" * 30_000) for number in range(10)])
    assert undo_rows(press(signed_in, task, {"remove": "1", **large})) == ""
    assert undo_rows(press(signed_in, task, {"remove": "1", **THREE}, HTMX)) == ""


@pytest.mark.parametrize(
    "kept", ["", "x", "{}", "null", "[" * 100_000, json.dumps([{}] * 501), "\x00", '{"a": [1, 2]}']
)
def test_what_cannot_be_undone_changes_nothing(signed_in: Client, new_task: NewTask, kept: str) -> None:
    page = press(signed_in, new_task("mappings"), {"action": "undo", "undo_rows": kept, **THREE})
    assert (page.status_code, page.context["notice"].text) == (200, "There is nothing to undo.")
    assert len(rows_of(page)) == 3


def test_rows_to_undo_are_read_as_any_stored_value_is(signed_in: Client, new_task: NewTask) -> None:
    kept = json.dumps([1, {"key": ["a"], "value": "\ud800", "type": 7}, {"key": "b", "value": "2"}])
    page = press(signed_in, new_task("mappings"), {"action": "undo", "undo_rows": kept, **THREE})
    assert rows_of(page) == [("", ""), ("", "\ufffd"), ("b", "2")]


# Fixing


def fix_of(page: Any, where: str) -> str:
    """What the button beside the finding about `where` posts."""
    markup = rf'data-where="{where}".*?name="fix" value="([^"]*)" data-fix>'
    found = re.search(markup, page.content.decode(), re.DOTALL)
    assert found
    return unescape(found[1])


def test_a_rows_finding_is_fixed_by_its_button(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    rows = {"row-5-key": "age", "row-5-value": "42", "user_id": "${email}"}
    before = press(signed_in, task, {"action": "preview", **rows})
    button = fix_of(before, "row-5")
    assert button == "row-5 set_type number"
    page = press(signed_in, task, {"fix": button, **rows})
    (row,) = page.context["rows"]
    assert (row.type, row.has_focus) == ("number", True)
    assert page.context["notice"].text == "Changed the type of “age” to number."
    assert "row-5" not in [finding.where for finding in page.context["preview"].findings]


def test_an_events_name_is_fixed_in_the_draft(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", event_type="track", event_name="survey_completed")
    data = {"user_id": "${name}", **THREE}
    button = fix_of(press(signed_in, task, {"action": "preview", **data}), "event_name")
    page = press(signed_in, task, {"fix": button, **data})
    task.refresh_from_db()
    assert task.event_name == "Survey Completed"
    assert page.context["preview"].built.event["event"] == "Survey Completed"
    assert rows_of(page) == [("a", "1"), ("b", "2"), ("c", "3")]
    assert page.context["notice"].text == (
        "Renamed the event to “Survey Completed”. The draft has this name now."
    )


def test_an_id_is_fixed_as_if_it_had_been_typed(signed_in: Client, new_task: NewTask) -> None:
    data = {"fix": "user_id set_value ${email | trim}", "user_id": "${email}"}
    page = press(signed_in, new_task("mappings"), data)
    assert page.context["form"].definition().user_id == "${email | trim}"
    assert 'value="${email | trim}"' in text_of(page)


@pytest.mark.parametrize(
    "fix",
    [
        "",
        "row-1",
        "row-1 set_type",
        "row-9 set_type number",
        "row-1 set_event_name x",
        "row-x set_key y",
        "event_name set_event_name  ",
        "event_name set_event_name " + "x" * 256,
        "event_name set_event_name a\x00b",
        "event_name set_key x",
        "timestamp set_value x",
        "row-1 drop table",
    ],
)
def test_a_fix_that_no_button_offers_changes_nothing(signed_in: Client, new_task: NewTask, fix: str) -> None:
    task = new_task("mappings", event_type="track", event_name="survey_completed")
    page = press(signed_in, task, {"fix": fix, **THREE})
    assert page.context["notice"].text == "There is nothing left to fix there: the form has changed since."
    assert rows_of(page) == [("a", "1"), ("b", "2"), ("c", "3")]
    task.refresh_from_db()
    assert task.event_name == "survey_completed"


def test_a_fix_to_a_type_that_there_is_not_is_kept_and_is_an_error(
    signed_in: Client, new_task: NewTask
) -> None:
    page = press(signed_in, new_task("mappings"), {"fix": "row-1 set_type <b>", **form_rows(("a", "1"))})
    (row,) = page.context["rows"]
    assert (row.type, [problem.code for problem in row.problems]) == ("<b>", ["unknown_type"])
    assert '<option value="&lt;b&gt;" selected>&lt;b&gt;</option>' in text_of(page)


def test_the_other_steps_preview_has_no_fix_buttons(signed_in: Client, new_task: NewTask) -> None:
    rows = [{"key": "age", "value": "42"}]
    task = new_task("mappings", user_id="${email}", rows=rows)
    assert "data-fix" in text_of(signed_in.get(url(task, "mappings")))
    page = text_of(signed_in.get(url(task, "region")))
    assert "expects “age” to be of type number" in page
    assert "data-fix" not in page


# Whose they are


BUTTONS = [
    *({"action": name} for name in ("add", "paste", "map", "undo")),
    *({name: "1"} for name in ("remove", "duplicate", "up", "down")),
    {"fix": "row-1 set_key x"},
]


@pytest.mark.parametrize("button", BUTTONS)
def test_another_brand_finds_no_task(stranger: Client, new_task: NewTask, button: dict[str, str]) -> None:
    assert press(stranger, new_task("mappings"), button | THREE).status_code == 404


@pytest.mark.parametrize("button", BUTTONS)
def test_no_button_saves_anything(signed_in: Client, new_task: NewTask, button: dict[str, str]) -> None:
    task = new_task("mappings")
    before = type(task).objects.filter(pk=task.pk).values().get()
    assert press(signed_in, task, button | THREE).status_code == 200
    assert type(task).objects.filter(pk=task.pk).values().get() == before


def test_the_pages_template_of_a_row_is_blank_and_numbered_zero(signed_in: Client, new_task: NewTask) -> None:
    page = signed_in.get(url(new_task("mappings"), "mappings")).content.decode()
    (template,) = re.findall(r'<template id="row-template">(.*?)</template>', page, re.DOTALL)
    assert template.count('id="row-0"') == 1
    for part in ("key", "value", "type", "if", "default"):
        assert f'name="row-0-{part}"' in template
