"""The mapping step: rows, drafts, saving, and what is said beside which input."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make
from tests.workflows.wizard.conftest import NewTask, form_rows, messages, text_of, url
from workflows.models import SegmentTask, TaskRevision
from workflows.services.tasks import save_task

pytestmark = pytest.mark.django_db

SOUND = {"user_id": "${email}", **form_rows(("name", "${name}"))}


def send(
    client: Client, task: SegmentTask, action: str = "", headers: dict[str, str] | None = None, **data: str
):
    values = data | ({"action": action} if action else {})
    return client.post(url(task, "mappings"), values, headers=headers or {})


def typed(response: object) -> list[tuple[str, str]]:
    return [(row.key, row.value) for row in response.context["rows"]]  # type: ignore[attr-defined]


# Showing


def test_a_fresh_mapping_offers_one_row_and_finds_nothing_wrong(signed_in: Client, new_task: NewTask) -> None:
    page = signed_in.get(url(new_task("mappings"), "mappings"))
    assert typed(page) == [("", "")]
    assert page.context["preview"].findings == ()
    assert 'aria-invalid="true"' not in text_of(page)


def test_the_switch_is_worded_exactly(signed_in: Client, new_task: NewTask) -> None:
    page = text_of(signed_in.get(url(new_task("mappings"), "mappings")))
    assert ">Generate random anonymous ID if the anonymous and user IDs are empty<" in page


def test_a_stored_draft_shows_each_rows_problems(signed_in: Client, new_task: NewTask) -> None:
    rows = [{"key": "a", "value": "x"}, {"key": "a.b", "value": "${nowhere}"}]
    page = signed_in.get(url(new_task("mappings", user_id="${email}", rows=rows), "mappings"))
    problems = [[problem.code for problem in row.problems] for row in page.context["rows"]]
    assert problems == [[], ["key_collision", "unknown_field"]]
    text = text_of(page)
    assert text.count('id="row-2-problems"><p class="error">') == 1
    assert text.count('aria-invalid="true"') == 2


def test_what_was_typed_is_escaped(signed_in: Client, new_task: NewTask) -> None:
    hostile = '"><script>alert(1)</script>'
    rows = [{"key": hostile, "value": hostile + "</textarea>"}]
    task = new_task("mappings", user_id=hostile, rows=rows)
    page = text_of(signed_in.get(url(task, "mappings")))
    assert "<script>alert" not in page


def test_the_menu_offers_the_surveys_fields_with_their_samples(signed_in: Client, new_task: NewTask) -> None:
    page = signed_in.get(url(new_task("mappings"), "mappings"))
    items = [(item.label, item.pipe, item.sample) for group in page.context["menu"] for item in group.items]
    assert ("E-mail", "${email}", "ada@example.com") in items
    text = text_of(page)
    filters = page.context["filters"]
    assert (text.count('data-pipe="'), text.count('data-filter="')) == (len(items), len(filters))
    assert text.count('role="option"') == len(items) + len(filters)
    assert all(f"<code>{pipe}</code>" in text.split("Piped text to copy")[1] for _, pipe, _ in items)


def test_the_menu_has_the_answers_of_the_previews_sample(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    make.make_submission(task.workflow.survey, {"email": ["a@b.io", "c@d.io"]})

    def samples(query: str) -> dict[str, str]:
        page = signed_in.get(url(task, "mappings") + query)
        return {item.pipe: item.sample for group in page.context["menu"] for item in group.items}

    newest = samples("")
    assert (newest["${email}"], newest["${name}"]) == ("a@b.io, c@d.io", "")
    assert samples("?sample=fields")["${email}"] == "ada@example.com"


@pytest.mark.parametrize(("event_type", "title"), [("identify", "Traits"), ("track", "Properties")])
def test_the_fields_are_named_as_segment_names_them(
    signed_in: Client, new_task: NewTask, event_type: str, title: str
) -> None:
    task = new_task("mappings", event_type=event_type, event_name="Survey Completed")
    assert f"<h3>{title}</h3>" in text_of(signed_in.get(url(task, "mappings")))


# Drafts


@pytest.mark.parametrize("action", ["", "draft", "nonsense"])
def test_the_draft_is_kept_errors_and_all(signed_in: Client, new_task: NewTask, action: str) -> None:
    task = new_task("mappings")
    data = {"user_id": " ${nowhere} ", "anonymous_id": "${", "random_anonymous_id": "on"}
    response = send(signed_in, task, action, **data, **form_rows(("a", "1"), ("", ""), ("a", " ${x ")))
    assert (response.status_code, response.url) == (303, url(task, "mappings"))
    task.refresh_from_db()
    assert (task.user_id, task.anonymous_id, task.random_anonymous_id) == (" ${nowhere} ", "${", True)
    assert task.rows == [{"key": "a", "value": "1"}, {"key": "a", "value": " ${x "}]
    assert not TaskRevision.objects.exists()
    assert messages(signed_in.get(url(task, "mappings"))) == ["Draft saved."]


def test_back_keeps_the_draft(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert send(signed_in, task, "back", **SOUND).url == url(task, "region")
    task.refresh_from_db()
    assert task.user_id == "${email}"


@pytest.mark.parametrize(
    ("wanted", "to"), [("event", "event"), ("https://evil.example", "mappings"), ("", "mappings")]
)
def test_another_step_can_be_asked_for_with_the_draft_kept(
    signed_in: Client, new_task: NewTask, wanted: str, to: str
) -> None:
    task = new_task("mappings")
    assert send(signed_in, task, "draft", next=wanted, **SOUND).url == url(task, to)


def test_a_draft_writes_no_column_of_another_step(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    send(signed_in, task, "draft", region="dublin", event_type="track", is_enabled="", **SOUND)
    task.refresh_from_db()
    assert (task.region, task.event_type, task.is_enabled) == ("oregon", "identify", True)


def test_a_null_character_is_refused_and_nothing_is_lost(signed_in: Client, new_task: NewTask) -> None:
    page = send(signed_in, new_task("mappings"), "draft", **form_rows(("a", "x\x00y"), ("b", "2")))
    assert page.status_code == 200
    assert page.context["form"].non_field_errors() == [
        "“a” has a null character, which cannot be stored. Type it again."
    ]
    assert typed(page)[1] == ("b", "2")


def test_the_preview_button_shows_what_was_typed_and_saves_nothing(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    page = send(signed_in, task, "preview", **SOUND)
    assert page.context["preview"].built.event["traits"] == {"name": "Ada Lovelace"}
    task.refresh_from_db()
    assert task.user_id == ""


# Saving


def test_saving_makes_a_revision_and_leads_to_the_workflow(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    response = send(signed_in, task, "save", **SOUND)
    assert (response.status_code, response.url) == (303, reverse("workflow_detail", args=[task.workflow_id]))
    task.refresh_from_db()
    revision = TaskRevision.objects.get()
    assert task.current_revision == revision
    assert (revision.number, revision.definition, revision.region, revision.created_by) == (
        1,
        task.definition().to_json(),
        "oregon",
        response.wsgi_request.user,
    )


def test_saving_twice_makes_one_revision(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert [send(signed_in, task, "save", **SOUND).status_code for _ in range(2)] == [303, 303]
    assert TaskRevision.objects.count() == 1


def test_an_error_refuses_the_save_and_keeps_what_was_typed_as_a_draft(
    signed_in: Client, new_task: NewTask
) -> None:
    task = new_task("mappings")
    page = send(signed_in, task, "save", user_id="${email}", **form_rows(("a", "${nowhere}"), ("a", "1")))
    assert page.status_code == 200
    assert page.context["notice"].text == (
        "The task is not saved: it has 2 errors. What you typed is kept as a draft."
    )
    assert typed(page) == [("a", "${nowhere}"), ("a", "1")]
    assert [[problem.code for problem in row.problems] for row in page.context["rows"]] == [
        ["unknown_field"],
        ["key_repeated"],
    ]
    assert not TaskRevision.objects.exists()
    task.refresh_from_db()
    assert len(task.rows) == 2


def test_an_empty_mapping_cannot_be_saved(signed_in: Client, new_task: NewTask) -> None:
    page = send(signed_in, new_task("mappings"), "save")
    assert [problem.code for problem in page.context["id_fields"][0].problems] == ["no_identity"]
    assert page.context["preview"].error_count == 1


def test_a_step_undone_in_another_tab_leads_there_with_the_mapping_kept(
    signed_in: Client, new_task: NewTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task("mappings")

    def save_after_another_tab(draft: SegmentTask, user: object) -> TaskRevision:
        SegmentTask.objects.filter(pk=task.pk).update(region="")
        return save_task(draft)

    monkeypatch.setattr("workflows.wizard.mapping_views.save_task", save_after_another_tab)
    response = send(signed_in, task, "save", **SOUND)
    assert response.url == url(task, "region")
    task.refresh_from_db()
    assert (task.user_id, task.is_saved) == ("${email}", False)
    (message,) = messages(signed_in.get(url(task, "region")))
    assert message == "The task is not saved yet: the step “Region” is unfinished. What you typed is kept."


def test_the_page_says_when_the_draft_is_not_what_is_sent(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    assert "nothing is sent until you save" in text_of(signed_in.get(url(task, "mappings")))
    send(signed_in, task, "save", **SOUND)
    assert "Revision 1 is what is sent." in text_of(signed_in.get(url(task, "mappings")))
    send(signed_in, task, "draft", **SOUND | {"user_id": "${name}"})
    for step in ("mappings", "event"):
        assert "still sent as saved in revision 1" in text_of(signed_in.get(url(task, step)))


@pytest.mark.parametrize("count", [1, 200])
def test_the_page_takes_the_same_queries_however_many_rows(
    signed_in: Client, new_task: NewTask, django_assert_max_num_queries: object, count: int
) -> None:
    rows = [{"key": f"key_{number}", "value": "${name}"} for number in range(count)]
    task = new_task("mappings", user_id="${email}", rows=rows)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert signed_in.get(url(task, "mappings")).status_code == 200
