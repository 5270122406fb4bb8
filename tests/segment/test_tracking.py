from __future__ import annotations

import gzip
import json
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from segment.limits import BATCH_ENVELOPE_BYTES, MAX_BATCH_BYTES, MAX_EVENT_BYTES
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY, write_key
from segment.tracking import Outcome, TrackingApi, build_batch_body
from segment.transport import Timeouts, encode_basic
from tests.segment.conftest import Recording
from tests.segment.helpers import SENT_AT, add_fault, identify, records, send, verdicts

QUICK = Timeouts(connect_seconds=0.5, read_seconds=0.3)


def test_a_batch_is_accepted(sandbox: RunningSandbox) -> None:
    answer = send(sandbox, identify("m1"), identify("m2", traits={"name": "Ada ü 🚀 \ud800"}))

    assert (answer.outcome, answer.status) == (Outcome.ACCEPTED, 200)
    assert answer.text == '{"success": true}'
    assert answer.retry_after_seconds is None
    assert 0 < answer.duration_seconds < 5
    assert [record["event"] for record in records(sandbox)] == [
        identify("m1"),
        identify("m2", traits={"name": "Ada ü 🚀 \ud800"}),
    ]


def test_both_regions_work(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("m1"), write_key=write_key("acme-eu", "website"), region="dublin")

    assert [(record["region"], record["verdict"]) for record in records(sandbox)] == [("eu", "accepted")]


def test_events_travel_as_the_very_bytes_they_are(serve_canned: Any) -> None:
    assert build_batch_body("key", [b'{"a":1}', b'{"b": "\xc3\xbc"}'], SENT_AT) == (
        b'{"batch":[{"a":1},{"b": "\xc3\xbc"}],"sentAt":"2026-11-23T18:30:00.123456+00:00","writeKey":"key"}'
    )


def test_sent_at_is_written_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    assert json.loads(build_batch_body("k", [b"{}"], moment))["sentAt"] == "2025-12-31T23:30:00+00:00"


def test_the_envelope_fits_in_what_is_kept_free_for_it() -> None:
    assert len(build_batch_body("k" * 200, [b""], SENT_AT)) < BATCH_ENVELOPE_BYTES


@pytest.mark.parametrize(("events", "sent_at"), [([], SENT_AT), ([b"{}"], datetime(2026, 1, 1))])
def test_a_callers_mistake_is_an_error(events: list[bytes], sent_at: datetime) -> None:
    with pytest.raises(ValueError):
        build_batch_body("k", events, sent_at)


@pytest.mark.parametrize("is_gzip", [True, False])
def test_the_request_is_basic_json_and_gzipped_by_default(serve_canned: Any, is_gzip: bool) -> None:
    server = serve_canned(b'{"success": true}')
    with TrackingApi(server.url + "/us/v1/", gzip=is_gzip) as api:
        api.send_batch("key", [b'{"a":1}'], SENT_AT)

    head = server.heads[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "POST /us/v1/batch HTTP/1.1"
    assert f"Authorization: Basic {encode_basic('key')}" in head
    assert "Content-Type: application/json" in head
    assert ("Content-Encoding: gzip" in head) is is_gzip
    assert "User-Agent: tributary/0.1" in head


@pytest.mark.parametrize("is_gzip", [True, False])
def test_the_body_arrives_whole(recording: Recording, is_gzip: bool) -> None:
    with TrackingApi(recording.url, gzip=is_gzip) as api:
        api.send_batch("key", [b'{"a":1}'], SENT_AT)

    [body] = recording.bodies
    assert (gzip.decompress(body) if is_gzip else body) == build_batch_body("key", [b'{"a":1}'], SENT_AT)


def test_one_connection_serves_many_batches(recording: Recording) -> None:
    with TrackingApi(recording.url) as api:
        for _ in range(5):
            assert api.send_batch("key", [b"{}"], SENT_AT).outcome is Outcome.ACCEPTED

    assert len(recording.clients) == 5
    assert len(set(recording.clients)) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (302, Outcome.RETRY),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (403, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (408, Outcome.RETRY),
        (410, Outcome.REFUSED),
        (413, Outcome.REFUSED),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.RETRY),
        (502, Outcome.RETRY),
        (503, Outcome.RETRY),
    ],
)
def test_each_status_has_its_outcome(sandbox: RunningSandbox, status: int, outcome: Outcome) -> None:
    add_fault(sandbox, kind="status", status=status, times=1)

    answer = send(sandbox, identify("m1"))

    assert (answer.outcome, answer.status) == (outcome, status)
    assert records(sandbox) == []


def test_the_servers_hint_is_told(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="status", status=429, retry_after=11, times=1)

    assert send(sandbox, identify("m1")).retry_after_seconds == 11


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("reset", "no answer: ConnectionResetError"),
        ("hang", "no answer in time"),
        ("deaf", "no answer in time"),
        ("delay", "no answer in time"),
    ],
)
def test_trouble_on_the_way_is_a_retry_and_nothing_came_in(
    sandbox: RunningSandbox, kind: str, text: str
) -> None:
    add_fault(sandbox, kind=kind, seconds=30)

    answer = send(sandbox, identify("m1"), timeouts=QUICK)

    assert (answer.outcome, answer.status, answer.text) == (Outcome.RETRY, None, text)
    assert answer.duration_seconds < 5
    assert records(sandbox) == []


def test_a_connection_lost_after_the_events_came_in_is_a_retry_that_doubles_nothing(
    sandbox: RunningSandbox,
) -> None:
    add_fault(sandbox, kind="reset_after_accept", times=1)

    assert send(sandbox, identify("m1")).outcome is Outcome.RETRY
    assert send(sandbox, identify("m1")).outcome is Outcome.ACCEPTED
    assert verdicts(sandbox) == [("accepted", ""), ("duplicate", "")]


def test_a_guilty_event_is_refused_in_the_servers_words(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="refuse_event", match="poison ü")

    refused = send(sandbox, identify("m1"), identify("m2", traits={"a": "poison ü"}))

    assert (refused.outcome, refused.status) == (Outcome.REFUSED, 400)
    assert "asked to fail" in refused.text
    assert send(sandbox, identify("m1")).outcome is Outcome.ACCEPTED


def test_nothing_listens(unused_url: str) -> None:
    answer = TrackingApi(unused_url).send_batch("key", [b"{}"], SENT_AT)

    assert (answer.outcome, answer.status, answer.text) == (
        Outcome.RETRY,
        None,
        "no answer: ConnectionRefusedError",
    )


@pytest.mark.parametrize("url", ["nonsense", "http://no-such-host.invalid", "http://a..b/", "http://[::1"])
def test_even_a_senseless_address_never_raises(url: str) -> None:
    assert TrackingApi(url, timeouts=QUICK).send_batch("key", [b"{}"], SENT_AT).outcome is Outcome.RETRY


@pytest.mark.parametrize("garbage", [b"", b"HTTP/9.9 what\r\n\r\n", b"\x00" * 100])
def test_an_answer_that_is_not_http_is_a_retry(garbage: bytes, serve_canned: Any) -> None:
    server = serve_canned()
    server._answer = garbage

    assert TrackingApi(server.url).send_batch("key", [b"{}"], SENT_AT).outcome is Outcome.RETRY


def test_an_answer_that_drips_ends_at_the_deadline(serve_canned: Any) -> None:
    server = serve_canned(b"x" * 500, pause_seconds=0.02)
    timeouts = Timeouts(connect_seconds=0.5, read_seconds=2)
    started = time.monotonic()

    answer = TrackingApi(server.url, timeouts=timeouts).send_batch("key", [b"{}"], SENT_AT)

    assert (answer.outcome, answer.text) == (Outcome.RETRY, "no answer in time")
    assert time.monotonic() - started < 8


def test_an_answer_cut_off_in_its_body_is_a_retry(serve_canned: Any) -> None:
    server = serve_canned(b'{"succ', missing_bytes=10)

    answer = TrackingApi(server.url).send_batch("key", [b"{}"], SENT_AT)

    assert (answer.outcome, answer.text) == (Outcome.RETRY, "no answer: IncompleteRead")


def test_an_answer_that_stalls_in_its_body_is_a_retry(serve_canned: Any) -> None:
    server = serve_canned(b'{"succ', missing_bytes=10, hold_seconds=5)

    answer = TrackingApi(server.url, timeouts=QUICK).send_batch("key", [b"{}"], SENT_AT)

    assert (answer.outcome, answer.text) == (Outcome.RETRY, "no answer in time")
    assert answer.duration_seconds < 3


def test_a_long_answer_is_cut_and_a_huge_one_not_read(serve_canned: Any) -> None:
    long = TrackingApi(serve_canned(b"x" * 5000).url).send_batch("key", [b"{}"], SENT_AT)
    huge = TrackingApi(serve_canned(b"x" * 200_000, status="400 Bad").url).send_batch("key", [b"{}"], SENT_AT)

    assert (long.outcome, long.text) == (Outcome.ACCEPTED, "x" * 2000)
    assert (huge.outcome, huge.text) == (Outcome.REFUSED, "(an answer too long to read)")


def test_the_write_key_is_in_no_answer_and_no_repr(serve_canned: Any, unused_url: str) -> None:
    echo = f"no: verysecret, Basic {encode_basic('verysecret')}".encode()
    api = TrackingApi(serve_canned(echo, status="400 Bad").url)

    answer = api.send_batch("verysecret", [b"{}"], SENT_AT)
    unreachable = TrackingApi(unused_url).send_batch("verysecret", [b"{}"], SENT_AT)

    assert answer.text == "no: •••, Basic •••"
    for text in (repr(answer), repr(unreachable), repr(api)):
        assert "verysecret" not in text
        assert encode_basic("verysecret") not in text


@pytest.mark.parametrize("key", ["schlüssel", 'quote"', "new\nline", ""])
def test_any_text_can_be_a_write_key(sandbox: RunningSandbox, key: str) -> None:
    assert send(sandbox, identify("m1"), write_key=key).outcome is Outcome.ACCEPTED
    assert [record["write_key"] for record in records(sandbox)] == [key]


def test_a_batch_of_the_largest_size_is_accepted(sandbox: RunningSandbox) -> None:
    padding = MAX_EVENT_BYTES - len(json.dumps(identify("m00", traits={"a": ""}), separators=(",", ":")))
    events = [
        json.dumps(identify(f"m{number:02}", traits={"a": "x" * padding}), separators=(",", ":")).encode()
        for number in range(MAX_BATCH_BYTES // MAX_EVENT_BYTES)
    ]
    assert len(events[0]) == MAX_EVENT_BYTES

    with TrackingApi(f"{sandbox.url}/us/v1") as api:
        answer = api.send_batch(DEMO_WRITE_KEY, events, SENT_AT)

    assert answer.outcome is Outcome.ACCEPTED
    assert {verdict for verdict, _ in verdicts(sandbox)} == {"accepted"}


def test_threads_with_a_client_each_do_not_disturb_one_another(sandbox: RunningSandbox) -> None:
    outcomes: list[Outcome] = []

    def work(number: int) -> None:
        outcomes.append(send(sandbox, identify(f"m{number}")).outcome)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert outcomes == [Outcome.ACCEPTED] * 8
    assert len(records(sandbox)) == 8


def test_the_sandbox_says_when_the_event_came_in(sandbox: RunningSandbox) -> None:
    before = datetime.now(UTC)
    send(sandbox, identify("m1"))
    answer = requests.get(f"{sandbox.url}/debugger/events", timeout=5).json()

    received_at = datetime.fromisoformat(answer["events"][0]["received_at"])
    assert before - timedelta(milliseconds=1) <= received_at <= datetime.now(UTC)
