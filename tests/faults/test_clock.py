"""The clock is set back an hour, under web server and worker: nothing waits for that hour to pass."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.processes import PATIENCE, Installation
from tests.product import poll
from tests.segment.helpers import add_fault, lift_faults, seen_requests

pytestmark = pytest.mark.faults

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SETTLE_SECONDS = 45.0
WAITING = "SELECT COUNT(*) FROM workflows_delivery WHERE status = 'pending' AND attempt_count > 0"
LEASED = "SELECT COUNT(*) FROM workflows_lease"


class Clock:
    """The time that the installation's processes see: `set("-1h")`, from then on an hour ago."""

    def __init__(self, installation: Installation) -> None:
        self._path = installation.data_dir / "clock"
        self.set("+0s")
        installation.settings |= {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "PYTHONPATH": str(Path(__file__).parent / "faketime"),  # its sitecustomize.py
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as on a machine, where only the calendar's is set
        }

    def set(self, offset: str) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(offset)
        draft.replace(self._path)


@pytest.fixture
def clock(installation: Installation) -> Clock:
    if not LIBRARIES:
        message = "No libfaketime: on Debian and Ubuntu, sudo apt-get install faketime"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return Clock(installation)


def test_submissions_go_on_when_the_clock_jumps_back(
    installation: Installation, sandbox: RunningSandbox, clock: Clock
) -> None:
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4, pause_seconds=0.01) as load:
        poll(lambda: len(load.promises) >= 100, PATIENCE, "submissions")
        add_fault(sandbox, kind="status", status=500)
        poll(
            lambda: installation.database.read(WAITING) != [(0,)],
            PATIENCE,
            "deliveries that wait for another try",
        )
        clock.set("-1h")
        before = len(load.promises)
        poll(lambda: len(load.promises) >= before + 100, PATIENCE, "submissions an hour ago")
        lift_faults(sandbox)
    ledger = settle(installation, load.promises, SETTLE_SECONDS)

    assert set(ledger.statuses) == {"accepted"}
    times = {record["event"]["timestamp"][:13] for record in ledger.events}
    assert len(times) > 1  # else the clock did not jump


def test_what_a_killed_worker_held_is_sent_although_its_lease_ends_in_an_hour(
    installation: Installation, sandbox: RunningSandbox, clock: Clock
) -> None:
    form = installation.prepare()["feedback"]
    add_fault(sandbox, kind="hang", seconds=60)
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4, count=50) as load:
        load.join()
    poll(lambda: len(seen_requests(sandbox)) == 2, PATIENCE, "a hanging request to each source")
    for name in installation.workers:
        installation.kill(name)
    assert installation.database.read(LEASED) != [(0,)]
    clock.set("-1h")
    lift_faults(sandbox)
    installation.start(*installation.workers)
    ledger = settle(installation, load.promises, SETTLE_SECONDS)

    assert ledger.statuses == {"accepted": 100}
