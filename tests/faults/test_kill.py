"""`kill -9` of web and workers at random moments while submissions come in: every 202 is kept, once."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.processes import PATIENCE, START_SECONDS, Installation
from tests.product import poll
from tests.segment.helpers import add_fault

pytestmark = pytest.mark.faults

KILLED = ("worker", "worker-2", "worker-3")
WORKER_KILLS = 50
SOURCES = [f"globex/store-{number:04d}" for number in range(1, 9)]
WEB_KILLS = 5
EXPIRED = "SELECT SUM(value) FROM workflows_metriccount WHERE name = 'leases_expired_total'"
COUNTED = "SELECT label, SUM(value) FROM workflows_metriccount WHERE name = 'deliveries_total' GROUP BY label"


def kill_again_and_again(
    installed: Installation, name: str, count: int, seed: int, is_over: threading.Event
) -> int:
    """Kill and restart `count` times: mostly while it works, at times while it starts. How often it was."""
    chance = random.Random(seed)
    for number in range(count):
        if chance.random() < 0.8:
            poll(lambda: is_over.is_set() or installed.is_up(name), START_SECONDS, f"the start of {name}")
        is_over.wait(chance.uniform(0.0, 1.2))
        if is_over.is_set():
            return number
        installed.kill(name)
        installed.launch(name)
    return count


def test_every_202_reaches_segment_once_whoever_is_killed(
    installation: Installation, sandbox: RunningSandbox, chance: random.Random
) -> None:
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.4)  # so that many are killed while they send
    # Many sources, so that somebody is sending at any moment.
    form = installation.prepare({"feedback": SOURCES})["feedback"]
    installation.start("web", *{*KILLED, *installation.workers})
    shares = [(name, -(-WORKER_KILLS // len(KILLED))) for name in KILLED] + [("web", WEB_KILLS)]
    is_over = threading.Event()
    load = Load(installation.port, form, senders=4, pause_seconds=0.1)
    with load, ThreadPoolExecutor(len(shares)) as pool:
        try:
            killers = [
                pool.submit(kill_again_and_again, installation, name, count, chance.randrange(10**9), is_over)
                for name, count in shares
            ]
            kills = [killer.result() for killer in killers]
        finally:
            is_over.set()
    ledger = settle(installation, load.promises)

    assert sum(kills[:-1]) >= WORKER_KILLS
    assert kills[-1] == WEB_KILLS
    assert len(load.promises) > 100
    assert set(ledger.statuses) == {"accepted"}
    assert dict(installation.database.read(COUNTED)) == ledger.statuses  # counted as recorded, never twice
    assert installation.database.read(EXPIRED)[0][0]  # else nobody was killed while sending
    assert "user-1" not in installation.log


def test_a_web_server_killed_with_requests_in_its_hands_doubles_none(installation: Installation) -> None:
    """Held at the commit by a locked database, killed, and asked again with the same keys."""
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    # Paused, so that it is not over before the lock is there.
    with Load(installation.port, form, senders=8, count=400, pause_seconds=0.1) as load:
        poll(lambda: len(load.promises) >= 8, PATIENCE, "the first answers")
        with installation.database.locked():
            poll(lambda: len(load.under_way) == 8, PATIENCE, "eight requests at the lock")
            installation.kill("web")
        installation.start("web")
        load.join()
    ledger = settle(installation, load.promises)

    assert sum(load.troubles.values()) >= 8  # each sender lost an answer
    assert len(ledger.submissions) == len(load.promises) == 400
    assert ledger.statuses == {"accepted": 800}
