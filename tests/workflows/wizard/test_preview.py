"""The preview: it is what is sent, it says what is wrong, and it never fails."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests import factories as make
from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, text_of, url
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, SegmentTask
from workflows.services.tasks import save_task

pytestmark = pytest.mark.django_db


def preview(client: Client, task: SegmentTask, **data: str) -> Any:
    values = {"step": "mappings", **data}
    return client.post(reverse("task_preview", args=[task.pk]), values, headers=HTMX)


def shown_event(response: Any) -> Any:
    """The event as the page shows it, read back from its coloured JSON."""
    found = re.search(r'<pre[^>]*id="preview-json"[^>]*>(.*?)</pre>', response.content.decode(), re.DOTALL)
    assert found
    return json.loads(html.unescape(re.sub(r"<[^>]+>", "", found[1])))


def codes(response: Any) -> list[tuple[str, str]]:
    return [(finding.level, finding.where) for finding in response.context["preview"].findings]


ROWS = form_rows(("name", "${name}"), ("score", "${score}"), ("company.name", "Acme"), ("note", "${comment}"))


@pytest.mark.parametrize(
    "ids",
    [{"user_id": "${email}"}, {"anonymous_id": "${rm://Field/ResponseID}"}, {"random_anonymous_id": "on"}],
)
@pytest.mark.parametrize(
    "event", [{"event_type": "identify"}, {"event_type": "track", "event_name": "Survey Completed"}]
)
def test_the_preview_of_a_submission_is_exactly_what_is_sent_for_it(
    signed_in: Client, new_task: NewTask, ids: dict[str, str], event: dict[str, str]
) -> None:
    task = new_task("mappings", **event)
    submission = make.make_submission(
        task.workflow.survey, {"email": "é@x.io", "name": "<b>Ada", "score": 9.5}
    )
    response = preview(signed_in, task, **ids, **ROWS)
    assert signed_in.post(url(task, "mappings"), {"action": "save", **ids, **ROWS}).status_code == 303
    plan_submissions(10)
    delivery = Delivery.objects.get(submission=submission, task=task)
    assert shown_event(response) == json.loads(delivery.body)
    assert response.context["preview"].built.body.decode() == delivery.body


def test_the_newest_submission_is_the_sample(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    survey = task.workflow.survey
    for name in ("Old", "New"):
        newest = make.make_submission(survey, {"name": name})
    make.make_submission(make.make_survey(survey.brand), {"name": "Of another survey"})
    page = signed_in.get(url(task, "mappings"))
    shown = page.context["preview"]
    assert (shown.sample.key, shown.sample.is_real) == (str(newest.pk), True)
    assert "a real submission" in text_of(page)
    assert shown_event(preview(signed_in, task, **ROWS))["traits"]["name"] == "New"


def test_without_submissions_the_fields_sample_values_are_used_and_said(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    response = preview(signed_in, task, **ROWS)
    assert shown_event(response)["traits"]["name"] == "Ada Lovelace"
    assert "sample values: the fields’ own, not a submission" in text_of(response)


def test_another_sample_can_be_chosen(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    old = make.make_submission(task.workflow.survey, {"name": "Old"})
    make.make_submission(task.workflow.survey, {"name": "New"})
    names = [
        shown_event(preview(signed_in, task, sample=sample, **ROWS))["traits"]["name"]
        for sample in (str(old.pk), "fields", "nonsense")
    ]
    assert names == ["Old", "Ada Lovelace", "New"]


def test_another_surveys_submission_is_never_a_sample(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    elsewhere = make.make_submission(make.make_survey(make.make_brand("Globex")), {"name": "Secret"})
    response = preview(signed_in, task, sample=str(elsewhere.pk), **ROWS)
    assert "Secret" not in text_of(response)


def test_nothing_is_saved(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    before = SegmentTask.objects.filter(pk=task.pk).values().get()
    preview(signed_in, task, user_id="x", **ROWS)
    assert SegmentTask.objects.filter(pk=task.pk).values().get() == before


@pytest.mark.parametrize(
    ("step", "beside"), [("event", ["preview-badge"]), ("mappings", ["preview-badge", "sample-problem"])]
)
def test_the_partial_has_one_root_and_what_is_swapped_beside_it(
    signed_in: Client, new_task: NewTask, step: str, beside: list[str]
) -> None:
    part = text_of(preview(signed_in, new_task("mappings"), user_id="${email}", step=step))
    assert part.startswith('<div id="preview"')
    assert re.findall(r'id="([\w-]+)"[^>]* hx-swap-oob="true"', part) == beside


def test_size_and_worst_finding_are_counted(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    shown = preview(signed_in, task, user_id="${email}", **ROWS).context["preview"]
    assert (shown.size_text, shown.verdict) == (f"{shown.built.size} B of 32 KB", "1 warning")
    shown = preview(signed_in, task, user_id="${nowhere}", **ROWS).context["preview"]
    assert shown.verdict == "1 error"
    shown = preview(signed_in, task, user_id="${name}").context["preview"]
    assert shown.verdict == "No problems"
    assert preview(signed_in, task).context["preview"].verdict == "Nothing mapped yet"


def test_findings_come_worst_first_and_link_to_their_row(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    data = {"row-4-key": "name", "row-4-value": "${name}", "row-9-key": "x", "row-9-value": "${nowhere}"}
    response = preview(signed_in, task, user_id="${email}", **data)
    assert codes(response) == [("error", "row-9"), ("warning", "user_id")]
    page = text_of(response)
    assert f'href="{url(task, "mappings")}#row-9-key"' in page
    assert f'href="{url(task, "mappings")}#id_user_id"' in page


def test_rows_left_out_and_failed_are_named(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"email": "a@b.io", "name": ""})
    response = preview(
        signed_in,
        task,
        user_id="${email}",
        **form_rows(("name", "${name}"), ("bad", "${nowhere}"), ("ok", "1")),
    )
    shown = response.context["preview"]
    assert [(row.key, row.status) for row in shown.rows] == [
        ("name", "left_out"),
        ("bad", "failed"),
        ("ok", "sent"),
    ]
    assert "Left out, because empty in this sample: name" in text_of(response)


def test_a_task_without_event_type_is_shown_as_identify(signed_in: Client, new_task: NewTask) -> None:
    response = preview(signed_in, new_task("event"), **ROWS)
    assert shown_event(response)["type"] == "identify"
    assert "shown as identify" in text_of(response)


def test_the_event_step_is_followed_as_typed(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("event")
    data = {"step": "event", "event_type": "track", "event_name": "Survey Completed"}
    event = shown_event(preview(signed_in, task, **data))
    assert (event["type"], event["event"]) == ("track", "Survey Completed")


def test_too_large_an_event_is_an_error_and_the_page_stays_small(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    response = preview(signed_in, task, user_id="${name}", **form_rows(("a", "x" * 40_000)))
    assert response.context["preview"].worst == "bad"
    assert len(response.content) < 20_000


def test_values_are_escaped(signed_in: Client, new_task: NewTask) -> None:
    hostile = "</pre><script>alert(1)</script>"
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"name": hostile})
    response = preview(signed_in, task, user_id=hostile, **form_rows((hostile, "${name}"), ("n", hostile)))
    assert "<script>" not in text_of(response)
    assert shown_event(response)["traits"]["n"] == hostile


def test_a_saved_task_with_everything_taken_out_is_not_called_fresh(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings", user_id="${email}")
    save_task(task)
    assert codes(preview(signed_in, task)) == [("error", "user_id")]


def test_five_hundred_rows_are_previewed(signed_in: Client, new_task: NewTask) -> None:
    rows = [(f"key_{number}", "${name}") for number in range(500)]
    response = preview(signed_in, new_task("mappings"), user_id="${name}", **form_rows(*rows))
    assert len(shown_event(response)["traits"]) == 500


def test_get_is_not_for_previews(signed_in: Client, new_task: NewTask) -> None:
    assert signed_in.get(reverse("task_preview", args=[new_task().pk])).status_code == 405


@pytest.mark.parametrize("count", [1, 200])
def test_the_queries_do_not_grow_with_rows_or_submissions(
    signed_in: Client, new_task: NewTask, django_assert_max_num_queries: Any, count: int
) -> None:
    task = new_task("mappings")
    for _ in range(min(count, 20)):
        make.make_submission(task.workflow.survey)
    rows = form_rows(*[(f"key_{number}", "${name}") for number in range(count)])
    with django_assert_max_num_queries(7):
        assert preview(signed_in, task, **rows).status_code == 200


_names = st.one_of(
    st.sampled_from(
        [
            "step",
            "user_id",
            "anonymous_id",
            "random_anonymous_id",
            "sample",
            "event_type",
            "event_name",
            "timestamp",
            "context-ip",
            "context-x",
            "integration-1-name",
            "integration-1-on",
            "paste",
            "undo_rows",
            "fix",
            "remove",
            "duplicate",
            "up",
            "down",
        ]
    ),
    st.builds(
        "row-{}-{}".format,
        st.integers(0, 3) | st.integers(0, 10**12),
        st.sampled_from(["key", "value", "type", "if", "default", "x"]),
    ),
    st.text(max_size=12),
)
_values = st.one_of(
    st.sampled_from(
        [
            *["mappings", "event", "fields", "track", "${name}", "${", "~{ch://1/$.x}", "a.b", "a", "\x00"],
            *["number", "json", "default", "stop", "off", "1", "2", "row-1 set_key b", "user_id set_value c"],
            *[
                '[{"key": "a", "value": "\\ud800"}]',
                '{"a": {"b": [1]}}',
                "a\tb\nc\t1",
                "event_name set_event_name D",
            ],
        ]
    ),
    st.text(max_size=60),
)
_answers = st.dictionaries(
    st.text(max_size=9) | st.just("name"), st.none() | st.floats() | st.text(max_size=9)
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(_names, _values, max_size=12),
    answers=_answers,
    action=st.sampled_from(["draft", "save", "paste", "map", "undo", "preview"]),
)
def test_no_post_is_an_error_of_ours(
    user: User, new_task: NewTask, data: dict[str, str], answers: dict[str, Any], action: str
) -> None:
    task = SegmentTask.objects.first() or new_task("mappings")
    # As a browser sends it: UTF-8, which has no lone surrogates; and as the database takes it.
    body = {_printable(name): _printable(value) for name, value in data.items()}
    stored = {_printable(name).replace("\x00", ""): _storable(value) for name, value in answers.items()}
    make.make_submission(task.workflow.survey, stored)
    client = Client()
    client.force_login(user)
    response = client.post(reverse("task_preview", args=[task.pk]), body)
    assert response.status_code == 200
    assert shown_event(response)["messageId"].startswith("tributary-")
    for headers in ({}, HTMX):
        answer = client.post(url(task, "mappings"), {**body, "action": action}, headers=headers)
        assert answer.status_code in (200, 303)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _printable(value).replace("\x00", "")
    return None if value in (float("inf"), float("-inf")) or value != value else value
