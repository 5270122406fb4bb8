"""SIGTERM under load: what is under way is finished or given back in ten seconds; nothing stays leased."""

from __future__ import annotations

import time

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.processes import PATIENCE, Installation
from tests.product import poll
from tests.segment.helpers import add_fault, lift_faults, seen_requests

pytestmark = pytest.mark.faults

STOP_SECONDS = 10.0
LEASED = "SELECT COUNT(*) FROM workflows_lease"
TRIED = "SELECT COUNT(*) FROM workflows_delivery WHERE status <> 'accepted' AND attempt_count > 0"


def test_a_worker_stopped_under_load_finishes_what_it_sends(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    # A long lease: what is not given back would be missed.
    installation.settings["DELIVERY_LEASE_SECONDS"] = "60"
    add_fault(sandbox, kind="delay", api="tracking", seconds=0.5)
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4, pause_seconds=0.01) as load:
        poll(lambda: is_sending(sandbox), PATIENCE, "a request under way")
        started = time.monotonic()
        assert set(installation.stop(*installation.workers)) == {0}
        assert time.monotonic() - started < STOP_SECONDS
        assert installation.database.read(LEASED) == [(0,)]
        assert installation.database.read(TRIED) == [(0,)]  # the answers were waited for and recorded
        installation.start(*installation.workers)
    ledger = settle(installation, load.promises)

    assert set(ledger.statuses) == {"accepted"}
    assert set(ledger.verdicts) == {"accepted"}  # nothing was sent twice
    assert list(ledger.find_disorder()) == []


def test_a_worker_stopped_while_segment_hangs_gives_back_what_it_holds(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    installation.settings["DELIVERY_LEASE_SECONDS"] = "60"
    form = installation.prepare()["feedback"]
    add_fault(sandbox, kind="hang", api="tracking", seconds=60)
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4, count=50) as load:
        load.join()
    poll(lambda: len(seen_requests(sandbox)) == 2, PATIENCE, "a hanging request to each source")
    started = time.monotonic()
    assert set(installation.stop(*installation.workers)) == {0}
    assert time.monotonic() - started < STOP_SECONDS
    assert installation.database.read(LEASED) == [(0,)]
    lift_faults(sandbox)
    installation.start(*installation.workers)
    ledger = settle(installation, load.promises)

    assert ledger.statuses == {"accepted": 100}


def test_a_web_server_stopped_under_load_answers_what_it_took(installation: Installation) -> None:
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4) as load:
        poll(lambda: len(load.promises) >= 50, PATIENCE, "submissions")
        started = time.monotonic()
        assert installation.stop("web") == [0]
        assert time.monotonic() - started < STOP_SECONDS
        installation.start("web")
        before = len(load.promises)
        poll(lambda: len(load.promises) >= before + 50, PATIENCE, "more of them")
    ledger = settle(installation, load.promises)

    assert set(ledger.statuses) == {"accepted"}


def is_sending(sandbox: RunningSandbox) -> bool:
    seen = seen_requests(sandbox)
    return bool(seen) and seen[-1]["status"] is None
