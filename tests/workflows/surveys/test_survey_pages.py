"""The pages of surveys, as their owner, another brand and htmx see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.factories import make_brand, make_submission, make_survey, make_task, make_user, make_workflow
from workflows.models import Survey

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(make_brand())
    client.force_login(user)
    return user


def page(survey: Survey, name: str = "survey_detail") -> str:
    return reverse(name, args=[survey.pk])


def fields_data(*rows: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the survey's form sends for these rows."""
    data: dict[str, Any] = {"name": "Feedback", "origins": "", "sample": "", "fields-TOTAL_FORMS": len(rows)}
    data |= {"fields-INITIAL_FORMS": len(rows)}
    for index, row in enumerate(rows):
        values = {"label": "", "kind": "question", "type": "text", "sample": "", **row}
        data |= {f"fields-{index}-{name}": value for name, value in values.items()}
    return data | more


def stored_rows(survey: Survey) -> list[dict[str, Any]]:
    names = ("id", "key", "label", "kind", "type")
    return [{name: getattr(field, name) for name in names} for field in survey.fields.all()]


def keys(survey: Survey) -> list[str]:
    return list(survey.fields.values_list("key", flat=True))


def shown_keys(response: Any) -> list[str]:
    return [row.typed.get("key") for row in response.context["rows"]]


def test_empty_list_teaches(client: Client, user: User) -> None:
    html = client.get(reverse("survey_list")).content.decode()
    assert "Where answers come in" in html
    assert html.count(reverse("survey_add")) == 1


def query_count(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert call().status_code == 200
    return len(queries)


def test_list_costs_the_same_with_one_and_three_surveys(client: Client, user: User) -> None:
    make_submission(make_survey(user.brand))
    one = query_count(lambda: client.get(reverse("survey_list")))
    for _number in range(2):
        make_submission(make_survey(user.brand))
    assert query_count(lambda: client.get(reverse("survey_list"))) == one


def test_detail_costs_the_same_with_one_and_three_fields_and_tasks(client: Client, user: User) -> None:
    small, large = make_survey(user.brand, [{"key": "a"}]), make_survey(user.brand)
    make_task(make_workflow(small))
    for _number in range(3):
        make_task(make_workflow(large))
    one = query_count(lambda: client.get(page(small)))
    assert query_count(lambda: client.get(page(large))) == one


def test_list_shows_counts(client: Client, user: User, settings: Any) -> None:
    survey = make_survey(user.brand)
    make_submission(survey), make_submission(survey)
    html = client.get(reverse("survey_list")).content.decode()
    assert f'href="{page(survey)}"' in html
    assert "<span>4</span>" in html
    assert "<span>2</span>" in html


@pytest.mark.parametrize("name", ["survey_detail", "survey_delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_brands_survey_is_404(client: Client, user: User, name: str, method: str) -> None:
    survey = make_survey(make_brand("Other"))
    assert getattr(client, method)(page(survey, name)).status_code == 404
    assert Survey.objects.filter(pk=survey.pk).exists()


@pytest.mark.parametrize("name", ["survey_list", "survey_add"])
def test_stranger_is_sent_to_sign_in(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_survey_is_added_with_a_samples_fields(client: Client, user: User) -> None:
    response = client.post(reverse("survey_add"), {"name": "Feedback", "sample": '{"score": 9}'})
    survey = Survey.objects.get()
    assert (response.status_code, response["Location"]) == (302, page(survey))
    assert (survey.brand, survey.name, keys(survey)) == (user.brand, "Feedback", ["score"])


def test_survey_is_added_without_a_sample(client: Client, user: User) -> None:
    client.post(reverse("survey_add"), {"name": "Feedback", "sample": ""})
    assert keys(Survey.objects.get()) == []


def test_unreadable_sample_keeps_what_was_typed(client: Client, user: User) -> None:
    response = client.post(reverse("survey_add"), {"name": "Feedback", "sample": '{"a":\n oops}'})
    html = response.content.decode()
    assert response.status_code == 200
    assert "line 2, column 2" in html
    assert "oops}" in html
    assert 'value="Feedback"' in html
    assert Survey.objects.count() == 0


def test_detail_shows_addresses_and_a_curl_example(client: Client, user: User) -> None:
    survey = make_survey(user.brand)
    html = client.get(page(survey)).content.decode()
    assert f"http://127.0.0.1:8000/submit/{survey.submit_key}/" in html
    assert f"http://127.0.0.1:8000/s/{survey.submit_key}/" in html
    assert "curl http" in html
    assert "&quot;score&quot;: 9" in html


def test_everything_of_a_survey_is_saved(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [{"key": "a"}, {"key": "b"}, {"key": "c"}])
    a, b, c = stored_rows(survey)
    changed = c | {"key": "score", "label": "Score", "type": "number", "sample": "9", "is_required": "on"}
    new = {"key": "plan", "kind": "embedded", "sample": "pro"}
    data = fields_data(changed, a | {"DELETE": "on"}, new, b, name="New", origins="https://A.example/")
    response = client.post(page(survey), data)
    assert (response.status_code, response["Location"]) == (302, page(survey))
    survey.refresh_from_db()
    assert (survey.name, survey.allowed_origins) == ("New", ["https://a.example"])
    assert list(survey.fields.values_list("key", "label", "kind", "type", "sample", "is_required")) == [
        ("score", "Score", "question", "number", 9, True),
        ("plan", "", "embedded", "text", "pro", False),
        ("b", "", "question", "text", None, False),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"key": "a"}, {"key": "a"}], "Another field has this key."),
        ([{"key": "a{b"}], "A key has no braces"),
        ([{"key": "", "label": "No key"}], "This field is required."),
        ([{"key": "a", "kind": "other"}], "Select a valid choice."),
    ],
)
def test_bad_fields_are_refused_beside_the_field(
    client: Client, user: User, rows: list[dict[str, Any]], message: str
) -> None:
    survey = make_survey(user.brand, [])
    response = client.post(page(survey), fields_data(*rows))
    assert response.status_code == 200
    assert message in response.content.decode()
    assert [row.typed.get("key") for row in response.context["rows"]] == [row["key"] for row in rows]
    assert keys(survey) == []


def test_message_belongs_to_its_input(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    html = client.post(page(survey), fields_data({"key": "ok"}, {"key": "a{b"})).content.decode()
    assert re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"\s+aria-describedby="([^"]+)"', html) == [
        ("fields-1-key", "id_fields-1-key_error")
    ]
    assert '<p class="error" id="id_fields-1-key_error">A key has no braces' in html


def test_key_of_a_field_from_another_tab_is_refused(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [{"key": "a"}])
    response = client.post(page(survey), fields_data({"key": "a"}))
    assert "Another field has this key." in response.content.decode()


def test_untouched_new_row_does_not_count(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    client.post(page(survey), fields_data({"key": "a"}, {"key": ""}))
    assert keys(survey) == ["a"]


def test_bad_origin_is_named_by_line_and_the_heading_stays(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [], name="Stored name")
    data = fields_data(name="Typed name", origins="https://a.example\nb.example")
    html = client.post(page(survey), data).content.decode()
    assert "Line 2: start with the scheme" in html
    assert '<h1 class="break">Stored name</h1>' in html
    assert 'value="Typed name"' in html


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_row_is_added_without_saving(client: Client, user: User, headers: dict[str, str]) -> None:
    survey = make_survey(user.brand, [])
    data = fields_data({"key": "typed"}, action="add", name="Typed", sample="kept text", origins="bad line")
    response = client.post(page(survey), data, headers=headers)
    html = response.content.decode()
    assert shown_keys(response) == ["typed", None]
    assert "kept text" in html
    assert html.count("autofocus") == 1
    assert ("<html" in html) is not bool(headers)
    assert ("bad line" in html) is not bool(headers)
    assert keys(survey) == []


@pytest.mark.parametrize(
    ("action", "order"),
    [("up-1", ["b", "a", "c"]), ("down-1", ["a", "c", "b"]), ("up-0", ["a", "b", "c"]),
     ("down-2", ["a", "b", "c"]), ("up-99", ["a", "b", "c"]), ("nonsense", ["a", "b", "c"])],
)  # fmt: skip
def test_rows_are_moved_without_saving(client: Client, user: User, action: str, order: list[str]) -> None:
    survey = make_survey(user.brand, [])
    data = fields_data({"key": "a"}, {"key": "b"}, {"key": "c"}, action=action)
    assert shown_keys(client.post(page(survey), data, headers=HTMX)) == order
    assert keys(survey) == []


def test_sample_shows_what_it_adds(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    data = fields_data(
        {"key": "email"}, action="show-sample", sample='{"email": "a@b.co", "score": 9, "x}": 1}'
    )
    response = client.post(page(survey), data)
    proposal = response.context["proposal"]
    assert ([field.key for field in proposal.fields], proposal.known) == (["score"], ("email",))
    assert "Add 1 field" in response.content.decode()
    assert "x}</code>" in response.content.decode()
    assert shown_keys(response) == ["email"]


def test_samples_fields_are_added_as_questions_to_be_saved(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    data = fields_data({"key": "email"}, action="add-sample", sample='{"email": "a@b.co", "score": 9}')
    response = client.post(page(survey), data)
    names = ("key", "kind", "type", "sample")
    rows = [[row.typed.get(name, "") for name in names] for row in response.context["rows"]]
    assert rows == [["email", "question", "text", ""], ["score", "question", "number", "9"]]
    assert response.context["sample_form"]["sample"].value() is None


def test_unreadable_sample_stays_with_line_and_column(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    response = client.post(
        page(survey), fields_data(action="show-sample", sample='{"a":\n 1,}'), headers=HTMX
    )
    html = response.content.decode()
    assert "line 2, column 4" in html
    assert "{&quot;a&quot;:\n 1,}" in html


def test_sample_that_was_not_used_is_said(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    response = client.post(page(survey), fields_data({"key": "a"}, sample='{"b": 1}'), follow=True)
    assert "The pasted sample was not used" in response.content.decode()
    assert keys(survey) == ["a"]


def test_tasks_that_use_a_removed_field_are_named(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [{"key": "email"}, {"key": "name"}, {"key": "score"}])
    workflow = make_workflow(survey, name="To Segment")
    make_task(workflow)
    assert "Some tasks use fields" not in client.get(page(survey)).content.decode()
    email, name, score = stored_rows(survey)
    response = client.post(page(survey), fields_data(email, name | {"key": "full_name"}, score), follow=True)
    html = response.content.decode()
    assert "Some tasks use fields that this survey does not have" in html
    assert '<code class="break">name</code>' in html
    assert reverse("workflow_detail", args=[workflow.pk]) in html


def test_survey_in_use_is_not_deleted_and_its_workflows_are_named(client: Client, user: User) -> None:
    survey = make_survey(user.brand)
    make_workflow(survey, name="To Segment")
    assert "To Segment" in client.get(page(survey, "survey_delete")).content.decode()
    response = client.post(page(survey, "survey_delete"))
    assert "Workflows use this survey" in response.content.decode()
    assert Survey.objects.count() == 1


def test_survey_with_events_on_their_way_is_not_deleted(client: Client, user: User) -> None:
    survey = make_survey(user.brand)
    make_submission(survey)
    assert "still on their way" in client.post(page(survey, "survey_delete")).content.decode()
    assert Survey.objects.count() == 1


def test_survey_is_deleted_after_asking(client: Client, user: User) -> None:
    survey = make_survey(user.brand)
    assert client.get(page(survey, "survey_delete")).status_code == 200
    assert Survey.objects.count() == 1
    response = client.post(page(survey, "survey_delete"))
    assert (response.status_code, response["Location"]) == (302, reverse("survey_list"))
    assert Survey.objects.count() == 0


@pytest.mark.parametrize("total", ["", "x", "-1", "99999"])
def test_tampered_row_count_is_no_server_error(client: Client, user: User, total: str) -> None:
    survey = make_survey(user.brand, [])
    for action in ("save", "add"):
        data = fields_data({"key": "a"}, action=action) | {"fields-TOTAL_FORMS": total}
        assert client.post(page(survey), data).status_code in {200, 302}


def test_tampered_field_id_is_no_server_error(client: Client, user: User) -> None:
    survey = make_survey(user.brand, [])
    assert client.post(page(survey), fields_data({"key": "a", "id": "9" * 30})).status_code == 200
    assert keys(survey) == []
