from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import pytest
import requests

from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY, write_key
from segment.tracking import Outcome
from tests.segment.helpers import identify, records, send, verdicts


def post(
    sandbox: RunningSandbox,
    path: str,
    body: Any,
    key: str | None = DEMO_WRITE_KEY,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    auth = (key, "") if key is not None else None
    return requests.post(sandbox.url + path, data=data, auth=auth, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("identify", {}),
        ("track", {"event": "Survey Completed"}),
        ("page", {}),
        ("screen", {}),
        ("group", {"groupId": "g"}),
        ("alias", {"previousId": "p"}),
    ],
)
def test_each_single_call_is_accepted_with_its_type(
    sandbox: RunningSandbox, kind: str, more: dict[str, str]
) -> None:
    answer = post(sandbox, f"/us/v1/{kind}", {"userId": "ada", **more})

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [record["event"] for record in records(sandbox)] == [{"type": kind, "userId": "ada", **more}]
    assert verdicts(sandbox) == [("accepted", "")]


@pytest.mark.parametrize("path", ["/us/v1/batch", "/us/v1/import", "/us/v1/batch/"])
def test_batch_and_import(sandbox: RunningSandbox, path: str) -> None:
    assert post(sandbox, path, {"batch": [identify("a"), identify("b")]}).status_code == 200
    assert verdicts(sandbox) == [("accepted", ""), ("accepted", "")]


def test_a_record_is_exactly_what_the_design_says(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("m1"), identify("m1"), identify("m2", userId=""))

    shapes = [sorted(record) for record in records(sandbox)]

    plain = ["event", "received_at", "region", "seq", "verdict", "write_key"]
    assert shapes == [plain, plain, sorted([*plain, "reason"])]
    assert [record["seq"] for record in records(sandbox)] == [1, 2, 3]
    assert {(record["region"], record["write_key"]) for record in records(sandbox)} == {
        ("us", DEMO_WRITE_KEY)
    }


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (identify(userId=None), "neither userId nor anonymousId"),
        (identify(userId=""), "neither userId nor anonymousId"),
        (identify(userId="", anonymousId={}), "neither userId nor anonymousId"),
        (identify(userId=True), "neither userId nor anonymousId"),
        ({"type": "track", "userId": "a"}, "track without event"),
        ({"type": "track", "userId": "a", "event": ""}, "track without event"),
        ({"type": "track", "userId": "a", "event": 5}, "track without event"),
        ({"type": "group", "userId": "a"}, "group without groupId"),
        ({"type": "alias", "userId": "a"}, "alias without previousId"),
        ({"type": "nonsense", "userId": "a"}, "bad type"),
        ({"type": ["identify"], "userId": "a"}, "bad type"),
        ({"userId": "a"}, "bad type"),
        (identify("m" * 101), "messageId over 100 characters"),
        (identify(messageId=5), "messageId is not a string"),
        (identify(timestamp="yesterday"), "unparsable timestamp"),
        (identify(timestamp=1700000000), "unparsable timestamp"),
        (identify(timestamp=""), "unparsable timestamp"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_segment_drops_is_answered_200_and_rejected(
    sandbox: RunningSandbox, event: dict[str, Any], reason: str
) -> None:
    assert send(sandbox, event).outcome is Outcome.ACCEPTED
    assert verdicts(sandbox) == [("rejected", reason)]


@pytest.mark.parametrize(
    "event",
    [
        identify("m" * 100),
        identify(userId=None, anonymousId="a"),
        identify(userId=42),
        identify(timestamp=None, messageId=None),
        identify(timestamp="2026-11-23T18:30:00Z"),
        identify(timestamp="2026-11-23T18:30:00.123+02:00"),
        identify(traits={"ü": "🚀", "lone": "\ud800", "big": 10**40, "float": 1e300}),
    ],
    ids=range(7),
)
def test_what_segment_takes_is_accepted_and_unchanged(sandbox: RunningSandbox, event: dict[str, Any]) -> None:
    send(sandbox, event)

    assert verdicts(sandbox) == [("accepted", "")]
    assert [record["event"] for record in records(sandbox)] == [event]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("nope", "unknown write key"),
        ("", "no write key"),
        (write_key("acme", "old-site"), "the source is disabled"),
        (write_key("acme-eu", "website"), "wrong region: the write key belongs to Dublin"),
    ],
)
def test_the_wrong_key_is_swallowed(sandbox: RunningSandbox, key: str, reason: str) -> None:
    assert send(sandbox, identify("m1"), write_key=key).status == 200
    assert verdicts(sandbox) == [("rejected", reason)]


def test_an_oregon_key_is_swallowed_in_dublin(sandbox: RunningSandbox) -> None:
    assert send(sandbox, identify("m1"), region="dublin").status == 200
    assert verdicts(sandbox) == [("rejected", "wrong region: the write key belongs to Oregon")]


def test_the_write_key_may_be_in_the_body_and_is_not_shown_in_the_event(sandbox: RunningSandbox) -> None:
    post(sandbox, "/us/v1/identify", {"userId": "ada", "writeKey": DEMO_WRITE_KEY}, key=None)

    [record] = records(sandbox)
    assert (record["write_key"], record["verdict"]) == (DEMO_WRITE_KEY, "accepted")
    assert record["event"] == {"type": "identify", "userId": "ada"}


def test_without_any_write_key_it_is_swallowed(sandbox: RunningSandbox) -> None:
    assert post(sandbox, "/us/v1/identify", {"userId": "ada"}, key=None).status_code == 200
    assert verdicts(sandbox) == [("rejected", "no write key")]


def test_a_second_event_with_the_same_id_is_a_duplicate_across_sources_and_regions(
    sandbox: RunningSandbox,
) -> None:
    send(sandbox, identify("m1"))
    send(sandbox, identify("m1", userId="someone else"), write_key=write_key("acme", "mobile-app"))
    send(sandbox, identify("m1"), write_key=write_key("acme-eu", "website"), region="dublin")

    assert [verdict for verdict, _ in verdicts(sandbox)] == ["accepted", "duplicate", "duplicate"]


def test_a_rejected_event_does_not_use_up_its_id(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("m1", userId=""))
    send(sandbox, identify("m1"), write_key="nope")
    send(sandbox, identify("m1"))

    assert [verdict for verdict, _ in verdicts(sandbox)] == ["rejected", "rejected", "accepted"]


def test_events_without_an_id_are_never_duplicates(sandbox: RunningSandbox) -> None:
    send(sandbox, identify(), identify())

    assert verdicts(sandbox) == [("accepted", ""), ("accepted", "")]


def test_a_bad_event_leaves_the_rest_of_its_batch_alone(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("a"), 5, None, identify("b", userId=""), identify("c"))

    assert verdicts(sandbox) == [
        ("accepted", ""),
        ("rejected", "the event is not an object"),
        ("rejected", "the event is not an object"),
        ("rejected", "neither userId nor anonymousId"),
        ("accepted", ""),
    ]


def test_over_2500_events_are_answered_200_and_all_dropped(sandbox: RunningSandbox) -> None:
    full = send(sandbox, *[{"type": "identify", "userId": "a", "messageId": f"{n}"} for n in range(2500)])
    over = send(sandbox, *[{"type": "identify", "userId": "a", "messageId": f"x{n}"} for n in range(2501)])

    assert (full.status, over.status) == (200, 200)
    all_verdicts = verdicts(sandbox)
    assert all_verdicts[:2500] == [("accepted", "")] * 2500
    assert all_verdicts[2500:] == [("rejected", "more than 2,500 events in the batch")] * 2501


def _padded(size: int, **fields: Any) -> dict[str, Any]:
    """An identify whose compact JSON has `size` bytes."""
    event = identify(traits={"a": ""}, **fields)
    missing = size - len(json.dumps(event, separators=(",", ":")))
    return identify(traits={"a": "x" * missing}, **fields)


def test_an_event_over_32_kb_refuses_its_batch(sandbox: RunningSandbox) -> None:
    fits = send(sandbox, _padded(32 * 1024))
    over = send(sandbox, identify("m1"), _padded(32 * 1024 + 1))

    assert (fits.outcome, over.outcome, over.status) == (Outcome.ACCEPTED, Outcome.REFUSED, 400)
    assert "over 32 KB" in over.text
    assert len(records(sandbox)) == 1


def test_the_size_counts_bytes_not_characters(sandbox: RunningSandbox) -> None:
    assert send(sandbox, identify(traits={"a": "ü" * 16_300})).status == 200
    assert send(sandbox, identify(traits={"a": "ü" * 16_400})).status == 400


def test_a_single_call_over_32_kb_is_refused(sandbox: RunningSandbox) -> None:
    assert post(sandbox, "/us/v1/identify", _padded(32 * 1024 + 100)).status_code == 400
    assert records(sandbox) == []


@pytest.mark.parametrize("is_gzip", [False, True])
@pytest.mark.parametrize(
    ("size", "status"),
    [(500 * 1024, 200), (500 * 1024 + 1, 400), (3_000_000, 400)],
    ids=["fits", "over", "3MB"],
)
def test_a_batch_over_500_kb_is_refused(
    sandbox: RunningSandbox, size: int, status: int, is_gzip: bool
) -> None:
    body = json.dumps({"batch": [identify()]}).encode()
    body += b" " * (size - len(body))
    headers = {"Content-Encoding": "gzip"} if is_gzip else {}

    answer = post(sandbox, "/us/v1/batch", gzip.compress(body) if is_gzip else body, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"5", b"\xff\xfe", b'{"batch": [NaN]}', b'{"batch": [1e999]}', b"[" * 100_000],
    ids=lambda body: repr(body[:20]),
)
def test_broken_json_is_400(sandbox: RunningSandbox, body: bytes) -> None:
    answer = post(sandbox, "/us/v1/batch", body)

    assert answer.status_code == 400
    assert (answer.json()["success"], answer.json()["code"]) == (False, "invalid_request")
    assert records(sandbox) == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b'{"batch": []}')[:-9]),
        ("br", b"{}"),
    ],
)
def test_a_broken_encoding_is_400(sandbox: RunningSandbox, encoding: str, body: bytes) -> None:
    assert post(sandbox, "/us/v1/batch", body, headers={"Content-Encoding": encoding}).status_code == 400


def test_a_gzip_bomb_is_refused_at_once(sandbox: RunningSandbox) -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=9)

    assert post(sandbox, "/us/v1/batch", bomb, headers={"Content-Encoding": "gzip"}).status_code == 400


def test_a_batch_that_is_no_list_is_swallowed(sandbox: RunningSandbox) -> None:
    assert post(sandbox, "/us/v1/batch", {"batch": {}}).status_code == 200
    assert post(sandbox, "/us/v1/batch", {"batch": []}).status_code == 200
    assert verdicts(sandbox) == [("rejected", "batch is not a list")]


def test_a_batchs_context_reaches_the_events_that_have_none(sandbox: RunningSandbox) -> None:
    body = {"batch": [identify("a"), identify("b", context={"ip": "::1"})], "context": {"locale": "de"}}
    post(sandbox, "/us/v1/batch", body)

    assert [record["event"]["context"] for record in records(sandbox)] == [{"locale": "de"}, {"ip": "::1"}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/us/v1/nope", 404), ("GET", "/us/v1/batch", 405), ("POST", "/us/v1", 404)],
)
def test_what_is_not_there(sandbox: RunningSandbox, method: str, path: str, status: int) -> None:
    answer = requests.request(method, sandbox.url + path, timeout=10)

    assert (answer.status_code, answer.json()["success"]) == (status, False)


def test_twenty_threads_sending_the_same_events_have_each_accepted_once(sandbox: RunningSandbox) -> None:
    batches = [[identify(f"m{batch}-{number}") for number in range(50)] for batch in range(10)]
    outcomes: list[Outcome] = []

    def work(offset: int) -> None:
        for turn in range(10):
            outcomes.append(send(sandbox, *batches[(offset + turn) % 10]).outcome)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert outcomes == [Outcome.ACCEPTED] * 200
    all_records = records(sandbox)
    accepted = [record["event"]["messageId"] for record in all_records if record["verdict"] == "accepted"]
    assert sorted(accepted) == sorted(event["messageId"] for batch in batches for event in batch)
    assert len(all_records) == 20 * 10 * 50
    assert [record["seq"] for record in all_records] == list(range(1, 10_001))
