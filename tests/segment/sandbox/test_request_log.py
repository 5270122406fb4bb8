from __future__ import annotations

from datetime import datetime
from typing import Any

import requests

from segment.public_api import PublicApi
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_TOKEN, DEMO_WRITE_KEY, Region
from segment.sandbox.request_log import KEEP, RequestLog
from tests.segment.helpers import add_fault, identify, seen_requests, send


def log(sandbox: RunningSandbox, **query: Any) -> list[tuple[int, str, str, str, int | None]]:
    entries = seen_requests(sandbox, **query)
    return [
        tuple(entry[key] for key in ("seq", "method", "path", "write_key", "status")) for entry in entries
    ]


def test_each_request_is_kept_with_its_answer(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("m1"))
    add_fault(sandbox, kind="status", status=500, times=1)
    send(sandbox, identify("m2"))
    add_fault(sandbox, kind="reset", times=1)
    send(sandbox, identify("m3"), region="dublin")

    assert log(sandbox) == [
        (1, "POST", "/us/v1/batch", DEMO_WRITE_KEY, 200),
        (2, "POST", "/us/v1/batch", DEMO_WRITE_KEY, 500),
        (3, "POST", "/eu/v1/batch", DEMO_WRITE_KEY, None),
    ]
    assert [entry["region"] for entry in seen_requests(sandbox)] == ["us", "us", "eu"]


def test_after_and_limit_bound_what_is_told(sandbox: RunningSandbox) -> None:
    for _ in range(4):
        send(sandbox, identify())

    assert [entry[0] for entry in log(sandbox, after=1, limit=2)] == [2, 3]
    assert log(sandbox, after=4) == []
    answer = requests.get(f"{sandbox.url}/debugger/requests?after=x", timeout=5)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "after")


def test_the_moment_is_when_it_came_not_when_it_was_answered(sandbox: RunningSandbox) -> None:
    add_fault(sandbox, kind="delay", seconds=0.3)
    send(sandbox, identify())
    send(sandbox, identify())

    first, second = (datetime.fromisoformat(entry["received_at"]) for entry in seen_requests(sandbox))
    assert (second - first).total_seconds() >= 0.3


def test_a_token_is_not_kept_and_pages_are_not_requests(sandbox: RunningSandbox) -> None:
    PublicApi(f"{sandbox.url}/us", DEMO_TOKEN).workspace()
    requests.get(f"{sandbox.url}/debugger", timeout=5)

    assert log(sandbox) == [(1, "GET", "/us/", "", 200)]
    assert DEMO_TOKEN not in requests.get(f"{sandbox.url}/debugger/requests", timeout=5).text


def test_the_oldest_are_forgotten() -> None:
    kept = RequestLog()
    for _ in range(KEEP + 1):
        kept.begin(Region.US, "POST", "/us/v1/batch", "")
    assert [entry.seq for entry in kept.after(0, 2)] == [2, 3]
