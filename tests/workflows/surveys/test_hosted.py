"""The hosted page: a form for everyone, with or without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_brand, make_survey
from workflows.models import Submission, Survey
from workflows.views.hosted import describe_question

pytestmark = pytest.mark.django_db

FIELDS = [
    {"key": "email", "label": "E-mail", "kind": "contact", "type": "email", "is_required": True},
    {"key": "score", "label": "Score", "type": "number"},
    {"key": "news", "label": "Newsletter", "type": "boolean"},
    {"key": "comment", "type": "long_text"},
    {"key": "plan", "kind": "embedded"},
]


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand(), FIELDS)


def show(client: Client, survey: Survey, query: str = "") -> str:
    return client.get(f"/s/{survey.submit_key}/{query}").content.decode()


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', html))


def test_page_is_public_unindexed_and_uncached(client: Client, survey: Survey) -> None:
    response = client.get(f"/s/{survey.submit_key}/")
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "no-store"
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not response.cookies


def test_form_posts_to_the_submit_endpoint_by_itself(client: Client, survey: Survey) -> None:
    html = show(client, survey)
    assert re.findall(r'<form[^>]*method="post"\s+action="([^"]+)"', html) == [
        f"/submit/{survey.submit_key}/"
    ]
    assert "csrfmiddlewaretoken" not in html
    assert html.count("<h1") == 2  # the second is in the template of the thanks, which is not shown
    assert "Sandbox:" in html


def test_every_visible_field_has_a_label(client: Client, survey: Survey) -> None:
    html = show(client, survey)
    ids = re.findall(r'<(?:input|textarea)[^>]*\sid="([^"]+)"', html)
    assert len(ids) == 4
    assert [f'<label for="{field_id}">' in html for field_id in ids] == [True] * 4


def test_embedded_data_comes_from_the_pages_address(client: Client, survey: Survey) -> None:
    html = show(client, survey, "?plan=pro&email=x@y.z&other=1")
    assert set(hidden(html)) == {"_submission_key", "plan"}
    assert hidden(html)["plan"] == "pro"
    assert set(hidden(show(client, survey))) == {"_submission_key"}


def test_embedded_data_is_escaped(client: Client, survey: Survey) -> None:
    assert '"><script>' not in show(client, survey, "?plan=%22%3E%3Cscript%3E")


def test_every_visit_has_a_key_of_its_own(client: Client, survey: Survey) -> None:
    keys = {hidden(show(client, survey))["_submission_key"] for _visit in range(3)}
    assert len(keys) == 3


def test_form_as_a_browser_sends_it_counts_once_over_a_reload(client: Client, survey: Survey) -> None:
    sent = hidden(show(client, survey, "?plan=pro"))
    sent |= {"email": "ada@example.com", "score": "9", "news": "true", "comment": ""}
    for _try in range(2):
        assert client.post(f"/submit/{survey.submit_key}/", sent).status_code == 202
    assert Submission.objects.get().answers == {
        "plan": "pro", "email": "ada@example.com", "score": 9, "news": True, "comment": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"key": "x", "type": "email"}, ("input", "email", "email")),
        ({"key": "First Name"}, ("input", "text", "given-name")),
        ({"key": "lastName"}, ("input", "text", "family-name")),
        ({"key": "phone_number"}, ("input", "tel", "tel")),
        ({"key": "born", "type": "date"}, ("input", "date", "")),
        ({"key": "site", "type": "url"}, ("input", "url", "")),
        ({"key": "n", "type": "number"}, ("input", "number", "")),
        ({"key": "ok", "type": "boolean"}, ("checkbox", "text", "")),
        ({"key": "tags", "type": "json"}, ("textarea", "text", "")),
    ],
)
def test_fields_are_asked_for_by_type(columns: dict[str, str], expected: tuple[str, str, str]) -> None:
    question = describe_question(make_survey(make_brand(), [columns]).fields.get())
    assert (question.widget, question.input_type, question.autocomplete) == expected


def test_survey_without_questions_says_so(client: Client) -> None:
    assert "no questions yet" in show(client, make_survey(make_brand(), []))


@pytest.mark.parametrize("key", ["unknown", "a%00b"])
def test_unknown_survey_is_404(client: Client, key: str) -> None:
    assert client.get(f"/s/{key}/").status_code == 404


def test_page_is_only_read(client: Client, survey: Survey) -> None:
    assert client.post(f"/s/{survey.submit_key}/").status_code == 405


def test_page_costs_two_queries(client: Client, survey: Survey) -> None:
    with CaptureQueriesContext(connection) as queries:
        show(client, survey)
    assert len(queries) == 2
