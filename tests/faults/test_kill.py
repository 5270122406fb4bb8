"""`kill -9` of web and worker at random moments while submissions come in: every 202 is kept, once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
import requests

from segment.sandbox import start_sandbox
from tests.faults.processes import Installation
from tests.product import poll
from tests.segment.helpers import add_fault
from workflows.identifiers import delivery_id, message_id

pytestmark = pytest.mark.faults

SUBMISSIONS = 500
MIN_KILLS = {"web": 3, "worker": 6}
SUBMIT_SECONDS = 45.0


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    sandbox = start_sandbox()
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.2)  # so that many are killed while they send
    # A short lease, so that what a killed worker held is sent within the time of a test.
    installed = Installation(tmp_path, sandbox.url, settings={"DELIVERY_LEASE_SECONDS": "2"})
    yield installed
    installed.kill_all()
    sandbox.stop()


def submit(url: str, number: int, deadline: float) -> UUID:
    """Post until it is answered 202, as a sender does: the same key, the same submission."""
    body = {"email": f"user-{number}", "name": "Ada", "score": number}
    while time.monotonic() < deadline:
        try:
            headers = {"Idempotency-Key": f"submission-{number}"}
            answer = requests.post(url, json=body, headers=headers, timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
            continue
        if answer.status_code == 202:
            time.sleep(0.05)  # spreads the submissions over the kills
            return UUID(answer.json()["submission"])
        assert answer.status_code in {429, 500, 503}, answer.text
    raise AssertionError(f"submission {number} was never answered 202")


def kill_at_random(installed: Installation, is_over: threading.Event) -> Counter[str]:
    """Kill and restart until told to stop, and at least MIN_KILLS times each; how often each was killed."""
    kills: Counter[str] = Counter()
    while not is_over.is_set() or any(kills[name] < count for name, count in MIN_KILLS.items()):
        is_over.wait(random.uniform(0.05, 0.9))
        name = random.choice(["web", "worker", "worker"])
        installed.kill(name)
        installed.start(name)
        kills[name] += 1
        poll(installed.health, 20, "the web server")
    return kills


def test_every_202_reaches_segment_exactly_once(installation: Installation) -> None:
    seeded = installation.prepare()
    for name in ("web", "worker"):
        installation.start(name)
    poll(installation.health, 20, "the web server")
    is_over = threading.Event()
    url = f"{installation.url}/submit/{seeded['submit_key']}/"
    deadline = time.monotonic() + SUBMIT_SECONDS
    with ThreadPoolExecutor(max_workers=6) as pool:
        killer = pool.submit(kill_at_random, installation, is_over)
        answers = [pool.submit(submit, url, number, deadline) for number in range(SUBMISSIONS)]
        try:
            submission_ids = [answer.result() for answer in answers]
        finally:
            is_over.set()
        kills = killer.result()
    installation.wait_until_idle(30)
    assert all(kills[name] >= count for name, count in MIN_KILLS.items())
    assert len(set(submission_ids)) == SUBMISSIONS
    owed = {message_id(delivery_id(pk, task)) for pk in submission_ids for task in seeded["task_ids"]}
    accepted = Counter(
        event["event"]["messageId"] for event in _received(installation) if event["verdict"] == "accepted"
    )
    assert accepted == Counter(owed)
    assert "leases expired" in installation.log  # else nobody was killed while sending
    assert {event["verdict"] for event in _received(installation)} <= {"accepted", "duplicate"}
    assert "user-1" not in installation.log


def _received(installation: Installation) -> list[dict[str, object]]:
    return requests.get(f"{installation.sandbox_url}/debugger/events", timeout=20).json()["events"]
