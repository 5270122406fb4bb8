from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests

from segment.errors import ServerFailed, Unreachable
from segment.public_api import PublicApi
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_TOKEN, DEMO_WRITE_KEY, write_key
from segment.tracking import Outcome
from segment.transport import Timeouts
from tests.segment.helpers import add_fault, identify, records, send, verdicts, wait_until

QUICK = Timeouts(connect_seconds=0.5, read_seconds=0.3)


def outcomes(sandbox: RunningSandbox, count: int, **options: Any) -> list[Outcome]:
    return [send(sandbox, identify(), **options).outcome for _ in range(count)]


def test_a_rule_is_shown_with_its_defaults(sandbox: RunningSandbox) -> None:
    rule = add_fault(sandbox, kind="status", region="us", api="tracking", times=2)

    assert rule == {
        "id": 1,
        "used": 0,
        "kind": "status",
        "region": "us",
        "api": "tracking",
        "write_key": None,
        "path": "",
        "match": "",
        "seconds": 30.0,
        "status": 503,
        "retry_after": None,
        "times": 2,
        "probability": 1.0,
    }
    assert requests.get(f"{sandbox.url}/faults", timeout=5).json() == {"faults": [rule]}


def test_times_counts_the_requests_it_met(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="status", times=2)

    assert outcomes(sandbox, 3) == [Outcome.RETRY, Outcome.RETRY, Outcome.ACCEPTED]
    assert requests.get(f"{sandbox.url}/faults", timeout=5).json()["faults"][0]["used"] == 2


def test_without_times_it_lasts_until_it_is_lifted(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="status")

    assert outcomes(sandbox, 3) == [Outcome.RETRY] * 3
    assert requests.delete(f"{sandbox.url}/faults", timeout=5).json() == {"lifted": 1}
    assert outcomes(sandbox, 1) == [Outcome.ACCEPTED]


def test_one_rule_of_several_can_be_lifted(sandbox: RunningSandbox) -> None:
    first = add_fault(sandbox, kind="status", status=500)
    add_fault(sandbox, kind="status", status=502)

    assert send(sandbox, identify()).status == 500
    assert requests.delete(f"{sandbox.url}/faults/{first['id']}", timeout=5).status_code == 200
    assert send(sandbox, identify()).status == 502
    assert requests.delete(f"{sandbox.url}/faults/99", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [Outcome.RETRY, Outcome.RETRY, Outcome.RETRY]),
        ({"region": "us"}, [Outcome.RETRY, Outcome.RETRY, Outcome.ACCEPTED]),
        ({"region": "eu"}, [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.RETRY]),
        ({"api": "public"}, [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED]),
        ({"write_key": DEMO_WRITE_KEY}, [Outcome.RETRY, Outcome.ACCEPTED, Outcome.ACCEPTED]),
        ({"path": "/us/v1/ba"}, [Outcome.RETRY, Outcome.RETRY, Outcome.ACCEPTED]),
        ({"path": "/us/v1/track"}, [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED]),
        ({"probability": 0}, [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED]),
        ({"match": "grace"}, [Outcome.ACCEPTED, Outcome.RETRY, Outcome.ACCEPTED]),
    ],
)
def test_a_rule_strikes_only_what_it_applies_to(
    sandbox: RunningSandbox, rule: dict[str, Any], expected: list[Outcome]
) -> None:
    add_fault(sandbox, kind="status", **rule)

    assert [
        send(sandbox, identify()).outcome,
        send(sandbox, identify(userId="grace"), write_key=write_key("acme", "mobile-app")).outcome,
        send(sandbox, identify(), write_key=write_key("acme-eu", "website"), region="dublin").outcome,
    ] == expected


def test_the_public_api_can_fail_alone(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="status", api="public", status=500)

    with pytest.raises(ServerFailed, match="asked to fail"):
        PublicApi(f"{sandbox.url}/us", DEMO_TOKEN).workspace()
    assert outcomes(sandbox, 1) == [Outcome.ACCEPTED]


def test_delays_add_up_and_the_request_goes_on(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="delay", seconds=0.2)
    add_fault(sandbox, kind="delay", seconds=0.2)

    answer = send(sandbox, identify("m1"))

    assert answer.outcome is Outcome.ACCEPTED
    assert 0.4 <= answer.duration_seconds < 5
    assert verdicts(sandbox) == [("accepted", "")]


def test_a_delay_and_then_a_failure(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="delay", seconds=0.2)
    add_fault(sandbox, kind="status", status=500)

    answer = send(sandbox, identify("m1"))

    assert answer.status == 500
    assert answer.duration_seconds >= 0.2


def test_hang_reads_and_then_closes_without_an_answer(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="hang", seconds=0.2)

    answer = send(sandbox, identify("m1"))

    assert (answer.outcome, answer.text) == (Outcome.RETRY, "no answer: RemoteDisconnected")
    assert answer.duration_seconds >= 0.2
    assert records(sandbox) == []


def test_deaf_holds_the_request_until_it_is_lifted(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="deaf")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(send(sandbox, identify("m1"))))
    thread.start()
    wait_until(lambda: requests.get(f"{sandbox.url}/faults", timeout=5).json()["faults"][0]["used"] == 1)
    assert answers == []

    requests.delete(f"{sandbox.url}/faults", timeout=5)
    thread.join(timeout=10)

    assert [answer.outcome for answer in answers] == [Outcome.RETRY]
    assert records(sandbox) == []


def test_reset_after_accept_records_and_then_resets(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="reset_after_accept", times=1)

    answer = send(sandbox, identify("m1"))

    assert (answer.outcome, answer.text) == (Outcome.RETRY, "no answer: ConnectionResetError")
    assert verdicts(sandbox) == [("accepted", "")]


def test_refuse_event_finds_text_in_gzip_whatever_its_escapes(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="refuse_event", match='"name":"Zoë"', status=413)

    assert send(sandbox, identify(traits={"name": "Zoë"})).status == 413
    assert send(sandbox, identify(traits={"name": "Zoe"})).status == 200


def test_a_probability_strikes_now_and_then(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="status", probability=0.5)

    assert set(outcomes(sandbox, 60)) == {Outcome.RETRY, Outcome.ACCEPTED}


def test_pages_and_the_debugger_are_never_faulty(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="reset")

    statuses = [
        requests.get(sandbox.url + path, timeout=5).status_code
        for path in ("/", "/debugger", "/debugger/events", "/faults")
    ]

    assert statuses == [200, 200, 200, 200]


def test_reset_reaches_the_public_api(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="reset")

    with pytest.raises(Unreachable):
        PublicApi(f"{sandbox.url}/eu", DEMO_TOKEN, QUICK).workspace()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": ["delay"]}, "kind"),
        ({"kind": "status", "region": "mars"}, "region"),
        ({"kind": "status", "region": {}}, "region"),
        ({"kind": "status", "api": "soap"}, "api"),
        ({"kind": "status", "write_key": 5}, "write_key"),
        ({"kind": "status", "path": 5}, "path"),
        ({"kind": "status", "match": 5}, "match"),
        ({"kind": "status", "status": 200}, "status"),
        ({"kind": "status", "status": 600}, "status"),
        ({"kind": "status", "status": "500"}, "status"),
        ({"kind": "status", "retry_after": -1}, "retry_after"),
        ({"kind": "status", "times": 0}, "times"),
        ({"kind": "status", "times": True}, "times"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"kind": "delay", "seconds": 3601}, "seconds"),
        ({"kind": "delay", "seconds": "1"}, "seconds"),
        ({"kind": "delay", "probability": 1.1}, "probability"),
        ({"kind": "delay", "sceonds": 1}, "sceonds"),
        ({"kind": "refuse_event"}, "match"),
        ({"kind": "deaf", "match": "x"}, "match"),
        ([], None),
    ],
    ids=str,
)
def test_a_bad_rule_is_422_and_names_the_field(sandbox: RunningSandbox, rule: Any, field: str | None) -> None:
    answer = requests.post(f"{sandbox.url}/faults", json=rule, timeout=5)

    assert (answer.status_code, answer.json()["errors"][0].get("field")) == (422, field)
    assert requests.get(f"{sandbox.url}/faults", timeout=5).json() == {"faults": []}


def test_a_broken_rule_is_400(sandbox: RunningSandbox) -> None:
    assert requests.post(f"{sandbox.url}/faults", data=b"{", timeout=5).status_code == 400


def test_held_requests_do_not_hold_up_the_stop(sandbox: RunningSandbox) -> None:
    for kind in ("deaf", "hang", "delay"):
        add_fault(sandbox, kind=kind, write_key=kind, seconds=60)
    threads = [
        threading.Thread(target=send, args=(sandbox, identify()), kwargs={"write_key": kind})
        for kind in ("deaf", "hang", "delay")
    ]
    for thread in threads:
        thread.start()
    wait_until(
        lambda: all(
            rule["used"] for rule in requests.get(f"{sandbox.url}/faults", timeout=5).json()["faults"]
        )
    )
    started = time.monotonic()

    sandbox.stop()
    for thread in threads:
        thread.join(timeout=10)

    assert time.monotonic() - started < 3
    assert not any(thread.is_alive() for thread in threads)
