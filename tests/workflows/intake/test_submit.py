"""The submit endpoint, request by request."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_brand, make_survey, make_task, make_user, make_workflow
from tests.workflows.intake.helpers import address, error_code, post_json, post_raw
from workflows.intake import views, writer
from workflows.models import Submission, Survey

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand())


def test_json_submission_is_stored_as_sent(client: Client, survey: Survey) -> None:
    before = timezone.now()
    response = post_json(client, survey, {"email": "ada@example.com", "score": "9", "extra": [1, None]})
    stored = Submission.objects.get()
    assert response.status_code == 202
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"submission": str(stored.id), "duplicate": False}
    assert stored.answers == {"email": "ada@example.com", "score": "9", "extra": [1, None]}
    assert (stored.survey, stored.brand, stored.planned_at) == (survey, survey.brand, None)
    assert timedelta(0) <= stored.received_at - before < timedelta(seconds=10)
    canonical = json.dumps(stored.answers, sort_keys=True, separators=(",", ":"))
    assert stored.body_digest == hashlib.sha256(canonical.encode()).hexdigest()
    assert stored.idempotency_key is None


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data"])
def test_form_values_take_on_their_fields_types(client: Client, survey: Survey, content_type: str) -> None:
    sent = {"email": "ada@example.com", "score": "9", "comment": "9", "tag": ["a", "b"]}
    if content_type == FORM:
        body = "email=ada%40example.com&score=9&comment=9&tag=a&tag=b"
        response = post_raw(client, survey, body, FORM)
    else:
        response = client.post(address(survey), sent)
    assert response.status_code == 202
    assert Submission.objects.get().answers == {
        "email": "ada@example.com", "score": 9, "comment": "9", "tag": ["a", "b"],
    }  # fmt: skip


def test_submissions_are_taken_while_all_workflows_are_off(client: Client, survey: Survey) -> None:
    make_task(make_workflow(survey, is_enabled=False))
    assert post_json(client, survey, {"email": "a@b.co"}).status_code == 202
    assert Submission.objects.count() == 1


def test_empty_object_is_a_submission(client: Client, survey: Survey) -> None:
    assert post_json(client, survey, {}).status_code == 202


def test_address_without_the_slash_does_not_redirect(client: Client, survey: Survey) -> None:
    response = client.post(address(survey).rstrip("/"), "{}", content_type=JSON)
    assert response.status_code == 202


def test_neither_sign_in_nor_csrf_token_nor_session_is_needed(survey: Survey) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(make_brand("Other")))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.post(address(survey), {"email": "a@b.co"})
    assert response.status_code == 202
    assert not [query for query in queries if "session" in query["sql"]]
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


@pytest.mark.parametrize("field_count", [1, 3])
@pytest.mark.parametrize(("content_type", "body"), [(JSON, "{}"), (FORM, "email=a")])
def test_submission_to_a_known_survey_costs_a_lookup_and_an_insert(
    client: Client, content_type: str, body: str, field_count: int
) -> None:
    survey = make_survey(make_brand(), [{"key": f"f{i}"} for i in range(field_count)])
    assert post_raw(client, survey, body, content_type).status_code == 202
    with CaptureQueriesContext(connection) as queries:
        assert post_raw(client, survey, body, content_type).status_code == 202
    statements = [re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", query["sql"]) for query in queries]
    assert [found[1] for found in statements if found] == ["SELECT", "INSERT"]


@pytest.mark.parametrize("key", ["unknown", "x" * 41, "a%00b", "%F0%9F%98%80"])
@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "OPTIONS"])
def test_unknown_key_is_404(client: Client, key: str, method: str) -> None:
    response = client.generic(method, f"/submit/{key}/", "{}", content_type=JSON)
    assert response.status_code == 404
    if method != "HEAD":
        assert response.json()["error"]["code"] == "unknown_survey"


def test_get_is_refused_with_the_methods_that_work_and_the_forms_address(
    client: Client, survey: Survey
) -> None:
    response = client.get(address(survey))
    assert error_code(response) == (405, "method_not_allowed")
    assert response["Allow"] == "POST, OPTIONS, HEAD"
    assert f"/s/{survey.submit_key}/" in response.json()["error"]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: Client, survey: Survey, method: str) -> None:
    assert error_code(client.generic(method, address(survey))) == (405, "method_not_allowed")


def test_head_and_options_are_answered(client: Client, survey: Survey) -> None:
    head, options = client.head(address(survey)), client.options(address(survey))
    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.content) == (204, b"")
    assert head["Allow"] == options["Allow"] == "POST, OPTIONS, HEAD"
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "json", "text/json"])
def test_wrong_content_type_is_415(client: Client, survey: Survey, content_type: str) -> None:
    response = post_raw(client, survey, "{}", content_type)
    assert error_code(response) == (415, "unsupported_content_type")


def test_content_type_is_read_without_case_and_with_parameters(client: Client, survey: Survey) -> None:
    assert post_raw(client, survey, "{}", "Application/JSON; Charset=UTF-8").status_code == 202


def test_packed_body_is_415(client: Client, survey: Survey) -> None:
    response = post_raw(client, survey, b"\x1f\x8b", JSON, **{"Content-Encoding": "gzip"})
    assert error_code(response) == (415, "unsupported_encoding")


@pytest.mark.parametrize("content_type", [JSON, FORM, "multipart/form-data; boundary=B", "text/plain"])
def test_empty_body_is_400(client: Client, survey: Survey, content_type: str) -> None:
    assert error_code(post_raw(client, survey, b"", content_type)) == (400, "empty_body")


def test_unreadable_json_is_400_with_line_and_column(client: Client, survey: Survey) -> None:
    response = post_raw(client, survey, '{"email":\n  oops}', JSON)
    assert error_code(response) == (400, "unreadable_body")
    assert "line 2, column 3" in response.json()["error"]["message"]


def test_body_of_the_limit_passes_and_one_byte_more_is_413(client: Client, survey: Survey) -> None:
    limit = 256 * 1024
    body = '{"a": "' + "x" * (limit - 9) + '"}'
    assert len(body) == limit
    assert post_raw(client, survey, body, JSON).status_code == 202
    assert error_code(post_raw(client, survey, body + " ", JSON)) == (413, "body_too_large")
    assert Submission.objects.count() == 1


class CountingStream(io.BytesIO):
    """Counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def request_without_length(survey: Survey, body: bytes, **more: Any) -> tuple[WSGIRequest, CountingStream]:
    stream = CountingStream(body)
    environ = RequestFactory().post(address(survey), "", content_type=JSON).environ
    environ |= {"wsgi.input": stream, "CONTENT_TYPE": JSON, **more}
    environ.pop("CONTENT_LENGTH", None)
    return WSGIRequest(environ), stream


@pytest.mark.parametrize("environ", [{"HTTP_TRANSFER_ENCODING": "chunked"}, {"SERVER_PROTOCOL": "HTTP/2"}])
def test_body_without_a_length_is_read(survey: Survey, environ: dict[str, str]) -> None:
    request, _stream = request_without_length(survey, b'{"a": 1}', **environ)
    assert views.submit(request, survey.submit_key).status_code == 202
    assert Submission.objects.get().answers == {"a": 1}


def test_of_a_body_without_a_length_a_bounded_part_is_read(survey: Survey) -> None:
    request, stream = request_without_length(survey, b" " * 8_000_000, HTTP_TRANSFER_ENCODING="chunked")
    assert views.submit(request, survey.submit_key).status_code == 413
    assert 2 * 1024 * 1024 < stream.taken < 2.5 * 1024 * 1024


def test_body_that_ends_early_is_not_kept(survey: Survey) -> None:
    environ = RequestFactory().post(address(survey), "x", content_type=FORM).environ
    environ |= {"CONTENT_LENGTH": "500", "wsgi.input": io.BytesIO(b"email=a&name=")}
    response = views.submit(WSGIRequest(environ), survey.submit_key)
    assert (response.status_code, json.loads(response.content)["error"]["code"]) == (400, "incomplete_body")
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("key", ["unknown", ""])
def test_a_refused_body_is_read_so_that_its_sender_sees_the_answer(survey: Survey, key: str) -> None:
    stream = CountingStream(b"email=" + b"x" * 200_000)
    environ = RequestFactory().post(address(survey), "x", content_type=FORM).environ
    environ |= {"CONTENT_LENGTH": "200006", "wsgi.input": stream, "HTTP_ORIGIN": "https://evil.example"}
    assert views.submit(WSGIRequest(environ), key or survey.submit_key).status_code in {400, 404}
    assert stream.taken == 200_006


def test_error_names_only_fields_of_the_survey(client: Client, survey: Survey) -> None:
    known = post_raw(client, survey, '{"email": "secret\\u0000"}', JSON).json()["error"]
    unknown = post_raw(client, survey, '{"my secret": "\\u0000"}', JSON).json()["error"]
    assert (known["code"], known["field"]) == ("nul_character", "email")
    assert (unknown["code"], "field" in unknown) == ("nul_character", False)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, '{"a": "marker", oops'),
        (JSON, '"marker"'),
        (JSON, '{"marker": NaN}'),
        (JSON, '{"marker": "\\u0000"}'),
        (FORM, "marker=%FF"),
        ("text/marker", "marker"),
        ("multipart/form-data; boundary=B", "--B\r\nmarker\r\n--B--"),
        ("multipart/form-data; boundary=B",
         '--B\r\nContent-Disposition: form-data; name="marker"; filename="marker"\r\n\r\nmarker\r\n--B--'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_body_is_never_repeated(
    client: Client, survey: Survey, caplog: Any, content_type: str, body: str, accept: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = post_raw(client, survey, body, content_type, Accept=accept)
    assert response.status_code in {400, 415}
    assert b"marker" not in response.content
    assert "marker" not in caplog.text


def test_database_that_does_not_answer_is_503_and_no_promise(
    client: Client, survey: Survey, monkeypatch: Any
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk I/O error")

    monkeypatch.setattr(writer, "store", fail)
    response = post_json(client, survey, {"a": 1})
    assert error_code(response) == (503, "unavailable")
    assert response["Retry-After"] == "10"


def test_browser_without_javascript_gets_a_page(client: Client, survey: Survey) -> None:
    response = client.post(address(survey), {"email": "a@b.co"}, headers={"Accept": BROWSER})
    stored = Submission.objects.get()
    assert response.status_code == 202
    assert response["Content-Type"].startswith("text/html")
    assert str(stored.id) in response.content.decode()
    assert response.content.decode().count("<h1") == 1
    assert response["Vary"] == "Accept, Origin, Accept-Language, Accept-Encoding"
    assert response["X-Robots-Tag"] == "noindex"
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_browser_reads_errors_on_a_page_with_the_way_back(client: Client, survey: Survey) -> None:
    response = client.post(address(survey), {"email": "a\0"}, headers={"Accept": BROWSER})
    assert response.status_code == 400
    assert "NUL character" in response.content.decode()
    assert f'href="/s/{survey.submit_key}/"' in response.content.decode()


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/json,text/html", "image/png"])
def test_programs_get_json(client: Client, survey: Survey, accept: str) -> None:
    response = post_json(client, survey, {}, Accept=accept)
    assert response["Content-Type"] == "application/json"
