"""Findings as a list: each with its place, its words, and its button."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.workflows.wizard.conftest import NewTask, form_rows, text_of, url
from tests.workflows.wizard.test_preview import preview
from workflows.wizard.findings import Finding, findings_list
from workflows.wizard.fixes import FixButton

HOSTILE = "\"><script>'{0}"


def test_everything_in_a_finding_is_escaped() -> None:
    finding = Finding("error", HOSTILE, HOSTILE, HOSTILE, HOSTILE, FixButton(HOSTILE, HOSTILE))
    markup = findings_list([finding], can_fix=True)
    assert "<script>" not in markup
    assert markup.count("&quot;&gt;&lt;script&gt;&#x27;{0}") == 6


def test_only_those_that_are_shown_have_buttons() -> None:
    finding = Finding("hint", "Do it.", "a", "", "row-1", FixButton("row-1 set_key b", "Rename to b"))
    markup = findings_list([finding] * 60, can_fix=True)
    assert (markup.count("<li"), markup.count(" hidden>"), markup.count("data-fix")) == (60, 10, 50)
    assert "data-fix" not in findings_list([finding], can_fix=False)


@pytest.mark.django_db
def test_what_is_missing_in_an_earlier_step_leads_there(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", user_id="${name}", event_type="track", event_name="survey_completed")
    page = signed_in.get(url(task, "mappings"))
    (finding,) = page.context["preview"].findings
    assert (finding.subject, finding.href) == ("Event name", url(task, "event"))
    assert finding.fix == FixButton(
        "event_name set_event_name Survey Completed", "Rename the event to “Survey Completed”"
    )


@pytest.mark.django_db
def test_each_row_says_what_it_yields(signed_in: Client, new_task: NewTask) -> None:
    rows = form_rows(
        ("cast", "42", "number"),
        ("plain", "${name}"),
        ("empty", '${missing | default:""}'),
        ("fallback", "x", "number", "default", "7"),
        ("null", "x", "null"),
        ("failed", "${nowhere}"),
        ("", ""),
    )
    response = preview(signed_in, new_task("mappings"), user_id="${name}", **rows)
    expected = [
        ("sent", "42 · number, cast"),
        ("sent", '"Ada Lovelace" · string'),
        ("left_out", "left out: empty"),
        ("sent", "7 · sent instead of an empty or invalid value"),
        ("sent", "null"),
        ("failed", "not sent"),
        ("blank", ""),
    ]
    lines = response.context["preview"].rows
    assert [(line.status, line.text) for line in lines] == expected
    table = re.findall(
        r'<tr data-row="(row-\d)" data-status="(\w+)"( hidden)?><th scope="row">[^<]*</th><td>([^<]*)</td>',
        text_of(response),
    )
    assert [(row, status, text.replace("&quot;", '"')) for row, status, _hidden, text in table] == [
        (f"row-{number}", *line) for number, line in enumerate(expected, start=1)
    ]
    assert [bool(hidden) for _row, _status, hidden, _text in table] == [False] * 6 + [True]
