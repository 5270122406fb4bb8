"""What the preview is made from: submissions, named samples, and JSON edited in place."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories as make
from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, messages, text_of, url
from tests.workflows.wizard.test_preview import preview, shown_event
from workflows.models import SegmentTask, SurveySample
from workflows.services.samples import MAX_SAMPLES
from workflows.wizard.samples import digest_of, print_answers

pytestmark = pytest.mark.django_db

ROWS = form_rows(("name", "${name}"), ("score", "${score}"))
ZOE = {"email": "zoe@example.com", "name": "Zoe <b>", "score": 3}


def typed(text: str, base: str = "") -> dict[str, str]:
    """The editor's fields as the script sends them."""
    return {"sample": "typed", "sample_json": text, "sample_base": base}


def keep(client: Client, task: SegmentTask, name: str, text: str, base: str = "", **headers: Any) -> Any:
    data = {**ROWS, "user_id": "${email}", "sample_name": name, **typed(text, base)}
    return client.post(reverse("task_sample_save", args=[task.pk]), data, headers=headers.get("headers", {}))


def delete(client: Client, task: SegmentTask, base: str, headers: dict[str, str] | None = None) -> Any:
    data = {**ROWS, "sample_base": base, "sample_json": json.dumps(ZOE)}
    return client.post(reverse("task_sample_delete", args=[task.pk]), data, headers=headers or {})


def add_sample(task: SegmentTask, name: str = "Zoe", answers: dict[str, Any] | None = None) -> SurveySample:
    return SurveySample.objects.create(survey=task.workflow.survey, name=name, answers=answers or ZOE)


def options(page: Any) -> list[str]:
    """The labels of the list of samples."""
    found = re.search(r'<select id="id_sample".*?</select>', page.content.decode(), re.DOTALL)
    assert found
    return [unescape(label) for label in re.findall(r"<option[^>]*>(.*?)</option>", found[0])]


def editor_text(page: Any) -> str:
    found = re.search(
        r'<textarea[^>]*id="id_sample_json"[^>]*>\n(.*?)</textarea>', page.content.decode(), re.S
    )
    assert found
    return unescape(found[1])


def no_script(page: Any, text: str | None = None, **data: str) -> dict[str, str]:
    """What a browser without JavaScript posts: every field of the editor as the page has it."""
    editor = page.context["editor"]
    fields = {
        "sample": page.context["preview"].sample.key,
        "sample_shown": editor.shown,
        "sample_base": editor.base,
        "sample_digest": editor.digest,
        "sample_json": (editor.text if text is None else text).replace("\n", "\r\n"),
    }
    return {"action": "preview", **ROWS, **fields, **data}


# Choosing


def test_the_last_fifty_submissions_the_samples_and_the_fields_are_offered(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    submissions = [make.make_submission(task.workflow.survey) for _ in range(52)]
    add_sample(task, "Zoe & co")
    make.make_survey(task.workflow.brand)
    shown = options(signed_in.get(url(task, "mappings")))
    assert [label.split(",")[0] for label in shown] == [
        *(f"Submission …{str(submission.pk)[-6:]}" for submission in reversed(submissions[2:])),
        "Zoe & co",
        "Sample values of the survey’s fields",
        "JSON edited here",
    ]


def test_an_older_submission_that_is_asked_for_is_shown_and_offered(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    oldest = make.make_submission(task.workflow.survey, {"name": "Oldest"})
    for _ in range(50):
        make.make_submission(task.workflow.survey)
    page = signed_in.get(url(task, "mappings"), {"sample": str(oldest.pk)})
    assert page.context["preview"].sample.key == str(oldest.pk)
    assert f"Submission …{str(oldest.pk)[-6:]}, just now" in options(page)


def test_the_other_steps_offer_no_editor(signed_in: Client, new_task: NewTask) -> None:
    page = signed_in.get(url(new_task("mappings"), "event"))
    assert "JSON edited here" not in options(page)
    assert "id_sample_json" not in text_of(page)


def test_a_named_sample_is_previewed_and_named(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    sample = add_sample(task)
    response = preview(signed_in, task, sample=f"sample-{sample.pk}", **ROWS)
    assert shown_event(response)["traits"] == {"name": "Zoe <b>", "score": 3}
    assert "the sample “Zoe”, not a submission" in text_of(response)


@pytest.mark.parametrize("key", ["sample-{}", "sample-0", "sample-x", "sample-", "sample-" + "9" * 40])
def test_another_brands_sample_is_never_found(signed_in: Client, new_task: NewTask, key: str) -> None:
    task = new_task("mappings")
    survey = make.make_survey(make.make_brand("Globex"))
    foreign = SurveySample.objects.create(survey=survey, name="Theirs", answers={"name": "Secret"})
    response = preview(signed_in, task, sample=key.format(foreign.pk), **ROWS)
    assert response.context["preview"].sample.key == "fields"
    assert "Secret" not in text_of(response)
    assert delete(signed_in, task, key.format(foreign.pk)).status_code == 404
    assert SurveySample.objects.count() == 1


def test_choosing_a_sample_fills_the_editor_and_typing_does_not(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, ZOE)
    by_select = HTMX | {"HX-Trigger-Name": "sample"}
    address = reverse("task_preview", args=[task.pk])
    chosen = signed_in.post(address, {"step": "mappings", **ROWS}, headers=by_select)
    assert json.loads(editor_text(chosen)) == ZOE
    assert re.search(r'id="sample-editor"[^>]* hx-swap-oob="true"', chosen.content.decode())
    assert "id_sample_json" not in text_of(preview(signed_in, task, **ROWS))
    again = signed_in.post(address, {"step": "mappings", **typed('{"a": 1}')}, headers=by_select)
    assert "id_sample_json" not in text_of(again)


# JSON edited in place


def test_edited_json_is_previewed_and_stored_nowhere(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey)
    response = preview(signed_in, task, **typed(json.dumps(ZOE)), **ROWS)
    assert shown_event(response)["traits"] == {"name": "Zoe <b>", "score": 3}
    assert "JSON edited here, not a submission" in text_of(response)
    assert not SurveySample.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n  "b" 2}', "Not readable as JSON at line 2, column 7: Expecting ':' delimiter."),
        ("", "Not readable as JSON at line 1, column 1: Expecting value."),
        ("[1]", "Send one JSON object, such as {“email”: “ada@example.com”}: other values have no keys."),
        ('{"a": NaN}', "Not readable as JSON at line 1, column 7: NaN and Infinity are not JSON."),
        ('{"a": "\\u0000"}', "A text holds the NUL character, which cannot be stored. Remove it."),
        ('{"a": ' + "[" * 100_000, None),
        (
            '{"a": "' + "x" * 262_144 + '"}',
            "The JSON has 257 KB, and a submission has at most 256 KB. Shorten it.",
        ),
    ],
)
def test_unreadable_json_says_where_and_loses_nothing(
    signed_in: Client, new_task: NewTask, text: str, message: str | None
) -> None:
    task = new_task("mappings")
    submission = make.make_submission(task.workflow.survey, {"name": "Ada"})
    response = preview(signed_in, task, **typed(text, str(submission.pk)), **ROWS)
    shown = response.context["preview"].sample
    expected = message and message.replace("“", '"').replace("”", '"')
    assert expected is None or shown.problem == expected
    assert unescape(text_of(response)).count(shown.problem) == 1
    assert shown_event(response)["traits"] == {"name": "Ada"}
    assert "so this is made from the sample as it was before" in text_of(response)
    for action in ("preview", "draft"):
        page = signed_in.post(url(task, "mappings"), {"action": action, **typed(text), **ROWS}, follow=True)
        assert editor_text(page) == text
        assert page.context["preview"].sample.problem == shown.problem


def test_hostile_json_is_escaped(signed_in: Client, new_task: NewTask) -> None:
    text = '{"name": "</textarea><script>alert(1)</script>"}'
    for broken in ("", "!"):
        data = {"action": "preview", **typed(text + broken), **ROWS}
        page = signed_in.post(url(new_task("mappings"), "mappings"), data)
        assert "<script>alert" not in page.content.decode()
        assert editor_text(page) == text + broken


def test_without_a_script_an_edit_counts_and_choosing_another_sample_ends_it(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    submission = make.make_submission(task.workflow.survey, {"name": "Ada", "more": [1, {"a": None}]})
    address = url(task, "mappings")
    page = signed_in.get(address)
    assert json.loads(editor_text(page)) == submission.answers
    untouched = signed_in.post(address, no_script(page))
    assert untouched.context["preview"].sample.key == str(submission.pk)
    edited = signed_in.post(address, no_script(page, '{"name": "Zoe"}'))
    assert shown_event(edited)["traits"] == {"name": "Zoe"}
    assert edited.context["preview"].sample.key == "typed"
    kept = signed_in.post(address, no_script(edited))
    assert shown_event(kept)["traits"] == {"name": "Zoe"}
    ended = signed_in.post(address, no_script(kept, sample=str(submission.pk)))
    assert shown_event(ended)["traits"] == {"name": "Ada"}
    assert json.loads(editor_text(ended)) == submission.answers


@pytest.mark.parametrize(
    "button", [{"action": "draft"}, {"action": "draft", "next": "event"}, {"action": "back"}]
)
def test_edited_json_outlasts_the_draft_and_the_way_over_another_step(
    signed_in: Client, new_task: NewTask, button: dict[str, str]
) -> None:
    task, other = new_task("mappings"), new_task("mappings")
    response = signed_in.post(url(task, "mappings"), {**button, **typed('{"name": "Zoe"}'), **ROWS})
    assert response.status_code == 303
    page = signed_in.get(url(task, "mappings"))
    assert editor_text(page) == '{"name": "Zoe"}'
    assert shown_event(page)["traits"] == {"name": "Zoe"}
    assert "Zoe" not in editor_text(signed_in.get(url(other, "mappings")))
    assert "Zoe" not in editor_text(signed_in.get(url(task, "mappings") + "?sample=fields"))
    assert not SurveySample.objects.exists()

    signed_in.post(url(task, "mappings"), {**button, "sample": "fields", **ROWS})
    assert "Zoe" not in editor_text(signed_in.get(url(task, "mappings")))


def test_an_edited_sample_that_is_saved_is_not_kept_twice(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    edited = typed('{"name": "Zoe"}')
    signed_in.post(url(task, "mappings"), {"action": "draft", **edited, **ROWS})
    signed_in.post(reverse("task_sample_save", args=[task.pk]), {**edited, "sample_name": "Zoe", **ROWS})
    assert signed_in.get(url(task, "mappings")).context["preview"].sample.key == "fields"


def test_edited_json_that_is_too_large_to_keep_stays_on_the_page_or_is_said_to_be_gone(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    text = '{"name": "%s"}' % ("x" * 65_536)
    page = signed_in.post(url(task, "mappings"), {"action": "draft", **typed(text), **ROWS})
    assert (page.status_code, editor_text(page)) == (200, text)
    assert "Draft saved." in text_of(page)
    task.refresh_from_db()
    assert len(task.rows) == 2
    left = signed_in.post(url(task, "mappings"), {"action": "back", **typed(text), **ROWS}, follow=True)
    assert messages(left)[-1].startswith("The edited sample is too large to be kept between steps.")


def test_a_sample_that_is_too_large_to_edit_is_not_sent_to_and_fro(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"name": "x" * 300_000})
    page = signed_in.get(url(task, "mappings"))
    assert (page.context["editor"].is_too_large, editor_text(page)) == (True, "")
    again = signed_in.post(url(task, "mappings"), no_script(page))
    assert again.context["preview"].sample.is_real


def test_answers_are_printed_to_be_edited() -> None:
    assert print_answers({"é": "\ud800"}) == '{\n  "é": "\\ud800"\n}'
    wide = {"numbers": [1] * 60_000}
    assert print_answers(wide) == json.dumps(wide)
    assert digest_of("{\n}") == digest_of("{\r\n}\r\n")
    assert digest_of("{}") != digest_of("{ }")


# Named samples


def test_saving_a_sample_keeps_it_for_the_survey(signed_in: Client, user: User, new_task: NewTask) -> None:
    task = new_task("mappings")
    page = keep(signed_in, task, " Zoe ", json.dumps(ZOE))
    sample = SurveySample.objects.get()
    assert (sample.survey, sample.name, sample.answers, sample.created_by) == (
        task.workflow.survey,
        "Zoe",
        ZOE,
        user,
    )
    assert page.context["preview"].sample.key == f"sample-{sample.pk}"
    assert "Saved as “Zoe”." in text_of(page)
    assert 'value="${email}"' in text_of(page)
    assert [row.key for row in page.context["rows"]] == ["name", "score"]


def test_htmx_gets_the_samples_with_preview_and_badge(signed_in: Client, new_task: NewTask) -> None:
    part = keep(signed_in, new_task("mappings"), "Zoe", json.dumps(ZOE), headers=HTMX)
    text = text_of(part)
    assert text.startswith('<div id="samples"')
    assert re.findall(r'id="([\w-]+)"[^>]* hx-swap-oob="true"', text) == ["preview-badge", "preview"]
    assert shown_event(part)["traits"]["name"] == "Zoe <b>"
    assert '<p class="hint good" data-announce>Saved as “Zoe”.' in text


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Type a name for the sample."),
        ("x" * 101, "Ensure this value has at most 100 characters (it has 101)."),
        ("a\x00b", "Null characters are not allowed."),
        ("Taken", "The survey has a sample “Taken” already. Choose another name, or delete that one first."),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_the_json_stays(
    signed_in: Client, new_task: NewTask, name: str, message: str, headers: dict[str, str]
) -> None:
    task = new_task("mappings")
    add_sample(task, "Taken", {"name": "As it was"})
    page = keep(signed_in, task, name, json.dumps(ZOE), headers=headers)
    assert message in unescape(text_of(page))
    assert json.loads(editor_text(page)) == ZOE
    assert SurveySample.objects.get().answers == {"name": "As it was"}


def test_unreadable_json_is_not_saved(signed_in: Client, new_task: NewTask) -> None:
    page = keep(signed_in, new_task("mappings"), "Zoe", '{"name": }')
    assert "Not readable as JSON at line 1, column 10" in text_of(page)
    assert editor_text(page) == '{"name": }'
    assert 'value="Zoe"' in text_of(page)
    assert not SurveySample.objects.exists()


def test_the_sample_that_was_edited_is_replaced_under_its_name(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    sample = add_sample(task)
    keep(signed_in, task, "Zoe", '{"name": "Zoe II"}', f"sample-{sample.pk}")
    assert [(kept.pk, kept.answers) for kept in SurveySample.objects.all()] == [
        (sample.pk, {"name": "Zoe II"})
    ]
    keep(signed_in, task, "Zoe III", '{"name": "Zoe III"}', f"sample-{sample.pk}")
    assert SurveySample.objects.count() == 2


def test_a_survey_has_a_bounded_number_of_samples(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    for number in range(MAX_SAMPLES):
        add_sample(task, f"Sample {number}")
    page = keep(signed_in, task, "One more", json.dumps(ZOE))
    assert "A survey has at most 50 samples. Delete one first." in text_of(page)
    assert SurveySample.objects.count() == MAX_SAMPLES


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_deleted_samples_json_stays_in_the_editor(
    signed_in: Client, new_task: NewTask, headers: dict[str, str]
) -> None:
    task = new_task("mappings")
    sample = add_sample(task)
    shown = text_of(signed_in.get(url(task, "mappings"), {"sample": f"sample-{sample.pk}"}))
    assert "Delete “Zoe”" in shown
    page = delete(signed_in, task, f"sample-{sample.pk}", headers)
    assert not SurveySample.objects.exists()
    assert json.loads(editor_text(page)) == ZOE
    assert 'value="Zoe"' in text_of(page)
    assert "Delete “Zoe”" not in text_of(page)
    assert delete(signed_in, task, f"sample-{sample.pk}", headers).status_code == 404


@pytest.mark.parametrize("name", ["task_sample_save", "task_sample_delete", "task_run", "task_test"])
def test_another_brand_finds_nothing_and_a_get_leads_to_the_step(
    signed_in: Client, stranger: Client, new_task: NewTask, name: str
) -> None:
    task = new_task("mappings")
    address = reverse(name, args=[task.pk])
    assert [stranger.post(address).status_code, stranger.get(address).status_code] == [404, 404]
    assert signed_in.get(address).url == url(task, "mappings")


@pytest.mark.parametrize("count", [1, 40])
def test_the_queries_do_not_grow_with_samples(
    signed_in: Client, new_task: NewTask, django_assert_max_num_queries: Any, count: int
) -> None:
    task = new_task("mappings")
    for number in range(count):
        make.make_submission(task.workflow.survey)
        add_sample(task, f"Sample {number}")
    with django_assert_max_num_queries(10):
        signed_in.get(url(task, "mappings"))
    with django_assert_max_num_queries(5):
        preview(signed_in, task, **typed(json.dumps(ZOE)), **ROWS)
