"""The scaled-out mode: two Celery workers, a broker, PostgreSQL. No message of the broker counts."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from celery import Celery
from kombu import Connection

from segment.sandbox import RunningSandbox
from tests.faults.conftest import installed
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.modes import Mode
from tests.faults.processes import Installation
from tests.faults.servers import PostgreSql, RabbitMq, Redis
from tests.product import poll, start
from tests.segment.helpers import add_fault, seen_requests

pytestmark = pytest.mark.faults

SUBMISSIONS = 1_000
EVENTS = 2 * SUBMISSIONS
QUEUE = "tributary"


@pytest.fixture
def scaled_out(
    tmp_path: Path, sandbox: RunningSandbox, postgresql: PostgreSql, rabbitmq: RabbitMq
) -> Iterator[Installation]:
    with installed(tmp_path, sandbox.url, Mode(postgresql, rabbitmq)) as one:
        yield one


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.remove()


def most_at_once(sandbox: RunningSandbox) -> dict[str, int]:
    """For each write key, the most requests that were under way at one moment."""
    moments: dict[str, list[tuple[str, int]]] = {}
    for seen in seen_requests(sandbox):
        # Noted before the answer is sent: a request that follows it at once is no overlap.
        moments.setdefault(seen["write_key"], []).extend(
            [(seen["received_at"], 1), (seen["answered_at"], -1)]
        )
    return {key: _peak(sorted(changes)) for key, changes in moments.items()}


def _peak(changes: list[tuple[str, int]]) -> int:
    peak = count = 0
    for _, change in changes:
        count += change
        peak = max(peak, count)
    return peak


def test_two_workers_send_every_event_once_in_order_and_a_source_is_sent_to_by_one(
    scaled_out: Installation, sandbox: RunningSandbox
) -> None:
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.05)  # so that two could meet
    form = scaled_out.prepare()["feedback"]
    scaled_out.start("web", *scaled_out.workers)
    with Load(scaled_out.port, form, senders=8, count=SUBMISSIONS) as load:
        load.join()
    ledger = settle(scaled_out, load.promises)

    assert not load.troubles
    assert ledger.statuses == ledger.verdicts == {"accepted": EVENTS}
    assert list(ledger.find_disorder()) == []
    assert set(most_at_once(sandbox).values()) == {1}


class Meddler:
    """Takes messages away and adds others, time and again, as long as the context lasts."""

    def __init__(self, installed: Installation) -> None:
        self._url = installed.settings["CELERY_BROKER_URL"]
        self._sources = [pk for (pk,) in installed.database.read("SELECT id FROM accounts_source")]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.meddled: Counter[str] = Counter()

    def __enter__(self) -> Meddler:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        app = Celery(broker=self._url)
        with Connection(self._url) as connection, connection.channel() as channel:
            while not self._is_over.wait(0.05):
                self.meddled["lost"] += channel.queue_purge(QUEUE) or 0
                drains: list[tuple[str, tuple[int, ...]]] = [("drain", (pk,)) for pk in self._sources]
                for name, arguments in [("plan", ()), ("sweep", ()), *drains]:
                    for _ in range(2):
                        app.send_task(f"tributary.{name}", arguments, queue=QUEUE)
                        self.meddled["doubled"] += 1
        app.close()


def test_lost_and_doubled_messages_lose_and_double_no_event(scaled_out: Installation) -> None:
    form = scaled_out.prepare()["feedback"]
    scaled_out.start("web", *scaled_out.workers)
    with Meddler(scaled_out) as meddler, Load(scaled_out.port, form, senders=4, count=300) as load:
        load.join()
    ledger = settle(scaled_out, load.promises)

    assert meddler.meddled["lost"] > 0
    assert meddler.meddled["doubled"] > 0
    assert ledger.statuses == ledger.verdicts == {"accepted": 600}
    assert list(ledger.find_disorder()) == []


def test_redis_is_a_broker_too(
    tmp_path: Path, sandbox: RunningSandbox, postgresql: PostgreSql, redis: Redis
) -> None:
    with installed(tmp_path, sandbox.url, Mode(postgresql, redis)) as one:
        form = one.prepare()["feedback"]
        one.start("web", *one.workers)
        with Load(one.port, form, senders=4, count=100) as load:
            load.join()
        ledger = settle(one, load.promises)
        assert ledger.statuses == ledger.verdicts == {"accepted": 200}
        health = one.health()
        assert health is not None
        assert health["worker"]["alive"]
        assert set(one.stop(*one.workers)) == {0}


def test_the_launcher_runs_it_all_and_stops_it(
    tmp_path: Path, postgresql: PostgreSql, rabbitmq: RabbitMq
) -> None:
    product = start(tmp_path / "data", **Mode(postgresql, rabbitmq).make_settings())
    try:
        answer = requests.post(product.demo["submit_url"], json={"email": "ada@example.com"}, timeout=10)
        assert answer.status_code == 202
        poll(lambda: len(product.events()) == 2, 30, "both events")
        health = product.health()
        assert health is not None
        assert health["worker"]["alive"]
    finally:
        assert product.stop() == 0
    assert re.findall(r"tributary (\w+) stopped", product.log) == ["web", "beat", "worker", "sandbox"]
    assert "Traceback" not in product.log
