"""One submission for one key, however often and however concurrently it is sent."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import Server, address, error_code, post_json, post_raw, start_server
from workflows.models import Submission, Survey


@pytest.fixture
def survey(db: None) -> Survey:
    return make_survey(make_brand())


def send(client: Client, survey: Survey, answers: object, key: str) -> object:
    return post_json(client, survey, answers, **{"Idempotency-Key": key})


def test_same_key_and_answers_give_the_first_submission(client: Client, survey: Survey) -> None:
    first, again = send(client, survey, {"a": 1}, "k"), send(client, survey, {"a": 1}, "k")
    stored = Submission.objects.get()
    assert first.json() == {"submission": str(stored.id), "duplicate": False}  # type: ignore[attr-defined]
    assert again.json() == {"submission": str(stored.id), "duplicate": True}  # type: ignore[attr-defined]
    assert again.status_code == 202  # type: ignore[attr-defined]
    assert stored.idempotency_key == "k"


def test_spaces_key_order_and_multipart_boundaries_make_no_other_answers(
    client: Client, survey: Survey
) -> None:
    header = {"Idempotency-Key": "k"}
    post_raw(client, survey, '{"a": "1", "b": "2"}', "application/json", **header)
    post_raw(client, survey, '{"b":"2","a":"1"}', "application/json", **header)
    for boundary in ("X", "Y"):
        part = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}\r\n'
        body = part.format(boundary, "a", 1) + part.format(boundary, "b", 2) + f"--{boundary}--"
        response = post_raw(client, survey, body, f"multipart/form-data; boundary={boundary}", **header)
        assert response.json()["duplicate"] is True
    assert Submission.objects.count() == 1


def test_retype_of_a_field_between_two_tries_makes_no_other_answers(client: Client, survey: Survey) -> None:
    header = {"Idempotency-Key": "k"}
    post_raw(client, survey, "score=9", "application/x-www-form-urlencoded", **header)
    survey.fields.filter(key="score").update(type="text")
    again = post_raw(client, survey, "score=9", "application/x-www-form-urlencoded", **header)
    assert again.json()["duplicate"] is True


def test_same_key_with_other_answers_is_refused(client: Client, survey: Survey) -> None:
    send(client, survey, {"a": 1}, "k")
    assert error_code(send(client, survey, {"a": 2}, "k")) == (400, "idempotency_key_reused")
    assert Submission.objects.get().answers == {"a": 1}


def test_another_surveys_key_is_another_key(client: Client, survey: Survey) -> None:
    other = make_survey(survey.brand)
    assert send(client, survey, {"a": 1}, "k").json()["duplicate"] is False  # type: ignore[attr-defined]
    assert send(client, other, {"a": 1}, "k").json()["duplicate"] is False  # type: ignore[attr-defined]


def test_without_a_key_every_request_counts(client: Client, survey: Survey) -> None:
    post_json(client, survey, {"a": 1})
    post_json(client, survey, {"a": 1})
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é"])
def test_unusable_key_is_refused(client: Client, survey: Survey, key: str) -> None:
    assert error_code(send(client, survey, {}, key)) == (400, "invalid_idempotency_key")


def test_key_of_255_characters_is_taken(client: Client, survey: Survey) -> None:
    assert send(client, survey, {}, "x" * 255).status_code == 202  # type: ignore[attr-defined]


def test_second_click_on_the_hosted_page_counts_once_and_edited_answers_count_anew(
    client: Client, survey: Survey
) -> None:
    def click(**answers: str) -> dict[str, object]:
        return client.post(address(survey), {"_submission_key": "page-1", **answers}).json()

    first, again, edited = click(name="Ada"), click(name="Ada"), click(name="Ada L.")
    assert (first["duplicate"], again["duplicate"], edited["duplicate"]) == (False, True, False)
    assert first["submission"] == again["submission"]
    assert [entry.answers for entry in Submission.objects.order_by("id")] == [
        {"name": "Ada"},
        {"name": "Ada L."},
    ]


def test_two_visits_of_the_hosted_page_count_twice(client: Client, survey: Survey) -> None:
    for key in ("page-1", "page-2"):
        client.post(address(survey), {"_submission_key": key, "name": "Ada"})
    assert Submission.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_survey_deleted_meanwhile_is_unknown(client: Client) -> None:
    survey = make_survey(make_brand())
    assert post_json(client, survey, {"a": 1}).status_code == 202  # and so it is remembered
    deleted = Survey.objects.get(pk=survey.pk)
    survey.submissions.all().delete()
    survey.delete()
    assert error_code(post_json(client, deleted, {})) == (404, "unknown_survey")
    assert error_code(send(client, deleted, {}, "k")) == (404, "unknown_survey")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("intake"))
    yield running
    running.process.terminate()
    running.process.wait(20)


def test_of_concurrent_requests_with_one_key_one_is_stored(server: Server) -> None:
    before = server.count_submissions()
    workers, rounds = 8, 5
    answers: list[tuple[int, str, bool]] = []
    barrier = threading.Barrier(workers)

    def send_all() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for number in range(rounds):
            barrier.wait(30)
            headers = {"Content-Type": "application/json", "Idempotency-Key": f"round {number}"}
            connection.request("POST", server.path, json.dumps({"round": number}), headers)
            response = connection.getresponse()
            body = json.loads(response.read())
            answers.append((response.status, body.get("submission", ""), body.get("duplicate")))

    threads = [threading.Thread(target=send_all) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert server.count_submissions() - before == rounds
    assert Counter(status for status, _id, _dup in answers) == {202: workers * rounds}
    assert Counter(duplicate for _status, _id, duplicate in answers) == {
        True: (workers - 1) * rounds,
        False: rounds,
    }
    assert set(Counter(submission for _status, submission, _dup in answers).values()) == {workers}


def test_chunked_body_is_taken_by_the_real_server(server: Server) -> None:
    before = server.count_submissions()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    connection.request("POST", server.path, iter([b'{"a":', b" 1}"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 202
    assert server.count_submissions() == before + 1


@pytest.mark.parametrize("is_chunked", [True, False])
def test_huge_body_is_refused_by_the_real_server(server: Server, is_chunked: bool) -> None:
    before = server.count_submissions()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    pieces = [b" " * 65536] * 8
    headers = {"Content-Type": "application/json"}
    headers |= {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(8 * 65536)}
    connection.request("POST", server.path, iter(pieces), headers, encode_chunked=is_chunked)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["error"]["code"]) == (413, "body_too_large")
    assert server.count_submissions() == before
