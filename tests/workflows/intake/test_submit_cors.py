"""Which web pages may post, and what their browsers are told."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import address, error_code, post_json
from workflows.models import Submission, Survey

pytestmark = pytest.mark.django_db

LISTED = "https://www.example.com"
FOREIGN = "https://evil.example"


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand(), allowed_origins=[LISTED])


def cors_headers(response: object) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("Access-Control-")}  # type: ignore[attr-defined]


def preflight(client: Client, survey: Survey, origin: str) -> object:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    return client.options(address(survey), headers={"Origin": origin, **asked})


def test_preflight_of_a_listed_origin_learns_what_it_may_send(client: Client, survey: Survey) -> None:
    response = preflight(client, survey, LISTED)
    assert response.status_code == 204  # type: ignore[attr-defined]
    assert cors_headers(response) == {
        "Access-Control-Allow-Origin": LISTED,
        "Access-Control-Allow-Methods": "POST, OPTIONS, HEAD",
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", "https://www.example.com.evil.example", "http://www.example.com"]
)
def test_preflight_of_another_origin_gets_no_cors_headers(
    client: Client, survey: Survey, origin: str
) -> None:
    response = preflight(client, survey, origin)
    assert response.status_code == 204  # type: ignore[attr-defined]
    assert cors_headers(response) == {}


def test_listed_origin_may_read_the_answer_and_the_error(client: Client, survey: Survey) -> None:
    accepted = post_json(client, survey, {}, Origin=LISTED)
    refused = post_json(client, survey, [], Origin=LISTED)
    assert (accepted.status_code, refused.status_code) == (202, 400)
    for response in (accepted, refused):
        assert cors_headers(response) == {"Access-Control-Allow-Origin": LISTED}
        assert "Origin" in response["Vary"]


def test_form_of_an_unlisted_page_is_refused_and_not_kept(client: Client, survey: Survey) -> None:
    response = client.post(address(survey), {"email": "a@b.co"}, headers={"Origin": FOREIGN})
    assert error_code(response) == (400, "origin_not_allowed")
    assert cors_headers(response) == {}
    assert "Origin" in response["Vary"]
    assert Submission.objects.count() == 0


def test_star_allows_every_page(client: Client) -> None:
    survey = make_survey(make_brand(), allowed_origins=["*"])
    response = post_json(client, survey, {}, Origin=FOREIGN)
    assert response.status_code == 202
    assert cors_headers(response) == {"Access-Control-Allow-Origin": FOREIGN}


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost"])
def test_own_pages_need_no_entry(client: Client, survey: Survey, origin: str) -> None:
    response = client.post(address(survey), {"email": "a"}, headers={"Origin": origin, "Host": "localhost"})
    assert response.status_code == 202


def test_senders_that_are_no_browsers_need_no_entry(client: Client, survey: Survey) -> None:
    response = post_json(client, survey, {})
    assert response.status_code == 202
    assert cors_headers(response) == {}
    assert "Origin" in response["Vary"]


def test_unknown_survey_gets_no_cors_headers(client: Client) -> None:
    response = client.options("/submit/unknown/", headers={"Origin": LISTED})
    assert response.status_code == 404
    assert cors_headers(response) == {}
