"""Many submissions and more than one worker: each event once, and a task's events in the order they came.

`make ledger` does it with 100,000 submissions; TRIBUTARY_LEDGER says how many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.conftest import installed
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.modes import Mode
from tests.faults.processes import Installation
from tests.segment.helpers import add_fault

pytestmark = pytest.mark.faults

SUBMISSIONS = int(os.environ.get("TRIBUTARY_LEDGER", "3000"))
SETTLE_SECONDS = 60 + SUBMISSIONS / 50


@pytest.fixture
def large_installation(tmp_path: Path, sandbox_process: str, mode: Mode) -> Iterator[Installation]:
    with installed(tmp_path, sandbox_process, mode) as one:
        yield one


def test_every_submission_becomes_its_events_once_and_in_order(large_installation: Installation) -> None:
    form = large_installation.prepare()["feedback"]
    large_installation.start("web", *large_installation.workers)
    with Load(large_installation.port, form, senders=16, count=SUBMISSIONS) as load:
        load.join()
    ledger = settle(large_installation, load.promises, SETTLE_SECONDS)

    assert not load.troubles
    assert ledger.statuses == {"accepted": SUBMISSIONS * len(form.tasks)}
    assert ledger.verdicts == ledger.statuses  # without trouble, nothing is sent twice
    assert list(ledger.find_disorder()) == []


@pytest.mark.parametrize("mode", ["one machine"], indirect=True)
def test_two_workers_on_one_sqlite_file_share_the_work(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    # One of them is often slow, so that the other would overtake it where both have the same source.
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.5, probability=0.3)
    form = installation.prepare()["feedback"]
    installation.start("web", "worker", "worker-2")
    with Load(installation.port, form, senders=4, count=400, pause_seconds=0.02) as load:
        load.join()
    ledger = settle(installation, load.promises)

    assert ledger.statuses == {"accepted": 800}
    assert ledger.verdicts == ledger.statuses
    assert list(ledger.find_disorder()) == []
