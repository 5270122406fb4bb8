"""The short way to the endpoint: another road to the same view, with nothing lost on it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory
from django.utils import translation

from config.wsgi import make_application
from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import address, post_json
from workflows.intake import gateway
from workflows.models import Submission, Survey

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LISTED = "https://www.example.com"


@dataclass
class Served:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Server:
    """The product's WSGI application, and how often it took the long way."""

    long_ways: int = 0

    def __post_init__(self) -> None:
        handler = WSGIHandler()

        def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self.long_ways += 1
            return handler(environ, start_response)

        self._application = gateway.with_short_way(serve)

    def request(self, method: str, path: str, body: str = "{}", **environ: str) -> Served:
        sent = RequestFactory().generic(method, path, body, content_type="application/json").environ
        return call(self._application, sent | environ)


def call(application: Any, environ: dict[str, Any]) -> Served:
    served = Served()

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        served.status = int(status.split()[0])
        served.headers = dict(headers)
        assert len(served.headers) == len(headers), "a header came twice"

    result = application(environ, start_response)
    served.body = b"".join(result)
    if hasattr(result, "close"):
        result.close()
    return served


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand(), allowed_origins=[LISTED])


def test_a_programs_submission_goes_the_short_way(server: Server, survey: Survey) -> None:
    for path in (address(survey), address(survey).rstrip("/")):
        served = server.request("POST", path, '{"a": 1}')
        assert served.status == 202
        assert json.loads(served.body) == {
            "submission": str(Submission.objects.latest("id").pk),
            "duplicate": False,
        }
    assert server.long_ways == 0


@pytest.mark.parametrize("body", ["{}", "[]"])
@pytest.mark.parametrize("origin", ["", LISTED, "https://evil.example"])
def test_it_answers_as_the_long_way_does_but_for_what_pages_need(
    server: Server, client: Client, survey: Survey, body: str, origin: str
) -> None:
    short = server.request("POST", address(survey), body, **({"HTTP_ORIGIN": origin} if origin else {}))
    long = post_json(client, survey, json.loads(body), **({"Origin": origin} if origin else {}))
    expected = dict(long.headers)
    # The long way's are for pages: ours loads nothing at all, and is in no language.
    assert short.headers.pop("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'"
    del expected["Content-Security-Policy"], expected["Content-Language"]
    expected["Vary"] = "Accept, Origin"
    assert (short.status, short.headers) == (long.status_code, expected)


def test_over_https_browsers_are_told_to_stay_there(server: Server, survey: Survey, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    plain = server.request("POST", address(survey))
    secure = server.request("POST", address(survey), **{"wsgi.url_scheme": "https"})
    assert "Strict-Transport-Security" not in plain.headers
    assert secure.headers["Strict-Transport-Security"] == "max-age=60"


def test_a_host_that_is_not_ours_is_refused_and_nothing_is_kept(server: Server, survey: Survey) -> None:
    assert server.request("POST", address(survey), HTTP_HOST="localhost").status == 202
    Submission.objects.all().delete()
    served = server.request("POST", address(survey), HTTP_HOST="evil.example")
    assert served.status == 400
    assert server.long_ways == 0
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "environ"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("OPTIONS", {}),
        ("PUT", {}),
        ("POST", {"HTTP_ACCEPT": BROWSER}),
    ],
)
def test_browsers_pages_and_other_methods_go_the_long_way(
    server: Server, survey: Survey, method: str, environ: dict[str, str]
) -> None:
    served = server.request(method, address(survey), **environ)
    assert served.status in {200, 202, 204, 405}
    assert server.long_ways == 1


def test_programs_read_the_default_language_whatever_page_the_thread_served_before(
    server: Server, survey: Survey
) -> None:
    for _page in range(2):
        assert server.request("GET", "/healthz").status in {200, 503}
        translation.activate("de")  # as the page's middleware does
        assert server.request("POST", address(survey), "[]").status == 400
        assert translation.get_language() == settings.LANGUAGE_CODE


@pytest.mark.parametrize("path", ["/submit/", "/submit/a/b/", "/submit/a%00b/", "/healthz", "/submit/ä/"])
def test_all_other_addresses_go_the_long_way(server: Server, path: str) -> None:
    server.request("POST", path)
    assert server.long_ways == 1


def test_an_unknown_survey_is_404(server: Server) -> None:
    served = server.request("POST", "/submit/unknown/")
    assert (served.status, json.loads(served.body)["error"]["code"]) == (404, "unknown_survey")


def test_a_mistake_of_ours_is_a_500_and_does_not_reach_the_server(
    server: Server, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(gateway, "answer_submission", fail)
    served = server.request("POST", address(survey))
    assert served.status == 500
    assert served.headers["X-Content-Type-Options"] == "nosniff"


def test_the_product_serves_it(survey: Survey) -> None:
    environ = RequestFactory().post(address(survey), "{}", content_type="application/json").environ
    served = call(make_application(), environ | {"wsgi.input": io.BytesIO(b"{}")})
    assert served.status == 202
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
