"""Small things that several tests of `segment` need."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from segment.regions import build_endpoints
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY
from segment.tracking import TRACKING_TIMEOUTS, Answer, TrackingApi
from segment.transport import Timeouts

SENT_AT = datetime(2026, 11, 23, 18, 30, 0, 123456, tzinfo=UTC)


def identify(message_id: str | None = None, **fields: Any) -> dict[str, Any]:
    event = {"type": "identify", "userId": "ada", "traits": {}, **fields}
    return event if message_id is None else {**event, "messageId": message_id}


def send(
    sandbox: RunningSandbox,
    *events: Any,
    write_key: str = DEMO_WRITE_KEY,
    region: str = "oregon",
    timeouts: Timeouts = TRACKING_TIMEOUTS,
) -> Answer:
    url = {str(key): endpoint for key, endpoint in build_endpoints(sandbox.url).items()}[region].tracking_url
    with TrackingApi(url, timeouts=timeouts) as api:
        return api.send_batch(write_key, [json.dumps(event).encode() for event in events], SENT_AT)


def records(sandbox: RunningSandbox, after: int = 0) -> list[dict[str, Any]]:
    answer = requests.get(f"{sandbox.url}/debugger/events", params={"after": after}, timeout=10)
    assert answer.status_code == 200
    return answer.json()["events"]


def seen_requests(sandbox: RunningSandbox, **query: int) -> list[dict[str, Any]]:
    """What `GET /debugger/requests` tells: each request, when it came, and its answer's status."""
    answer = requests.get(f"{sandbox.url}/debugger/requests", params=query, timeout=10)
    assert answer.status_code == 200
    return answer.json()["requests"]


def verdicts(sandbox: RunningSandbox) -> list[tuple[str, str]]:
    """Verdict and reason of each event, in the order they came in."""
    return [(record["verdict"], record.get("reason", "")) for record in records(sandbox)]


def add_fault(sandbox: RunningSandbox, **rule: Any) -> dict[str, Any]:
    answer = requests.post(f"{sandbox.url}/faults", json=rule, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.json()


def lift_faults(sandbox: RunningSandbox, fault_id: int | None = None) -> None:
    """One of them, or all."""
    path = "/faults" if fault_id is None else f"/faults/{fault_id}"
    assert requests.delete(f"{sandbox.url}{path}", timeout=10).status_code == 200


def wait_until(is_done: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
