"""The scaled-out mode on the PostgreSQL and the RabbitMQ that run here already, with two worker processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.conftest import installed
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.modes import Mode
from tests.faults.processes import PATIENCE, Installation
from tests.own_services import own_database, own_queue
from tests.product import free_port, poll
from tests.segment.helpers import add_fault

pytestmark = pytest.mark.faults

SUBMISSIONS = 400
WORKERS = ("worker", "worker-2")
ACCEPTED = re.compile(r"\baccepted submission=\S+ delivery=([0-9a-f-]{36})")


@pytest.fixture
def installation(tmp_path: Path, sandbox: RunningSandbox) -> Iterator[Installation]:
    with own_database() as database, own_queue() as queue, installed(tmp_path, sandbox.url, Mode()) as one:
        # A process each, so that whoever sends to one source leaves the other to the other.
        one.settings |= {"DATABASE_URL": database, **queue, "CELERY_PROCESSES": "1"}
        yield one


def test_two_workers_share_the_work_and_the_ledger_is_exact(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    # So that one is busy for the other to begin.
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.2)
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)

    def read_sent() -> list[set[str]]:
        logs = [(installation.data_dir / f"{name}.log").read_text() for name in WORKERS]
        return [set(ACCEPTED.findall(log)) for log in logs]

    with Load(installation.port, form, senders=4, pause_seconds=0.05) as load:
        poll(lambda: len(load.promises) >= SUBMISSIONS and all(read_sent()), PATIENCE, "work for both")
    ledger = settle(installation, load.promises)
    events = 2 * len(load.promises)
    sent = read_sent()

    assert not load.troubles
    assert ledger.statuses == ledger.verdicts == {"accepted": events}
    assert list(ledger.find_disorder()) == []
    assert sum(map(len, sent)) == len(set.union(*sent)) == events  # and none by both
    assert set(installation.stop(*installation.workers)) == {0}


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)], ids=["here", "in CI"]
)
def test_without_a_service_it_is_skipped_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TEST_DATABASE_URL", f"postgres://postgres@{nowhere}/tests")
    monkeypatch.setenv("TEST_BROKER_URL", f"amqp://guest:guest@{nowhere}//")
    with pytest.raises(outcome, match=r"no PostgreSQL at 127\.0\.0\.1"), own_database():
        pass
    with pytest.raises(outcome, match=r"no RabbitMQ at 127\.0\.0\.1"), own_queue():
        pass
