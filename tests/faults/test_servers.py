"""Scaled out: database and broker are killed, started again, and the broker emptied, under load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.conftest import installed, running_server
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.modes import Mode
from tests.faults.processes import PATIENCE, Installation
from tests.faults.servers import PostgreSql, Redis, Server
from tests.product import poll

pytestmark = pytest.mark.faults

OUTAGES = 2
ENOUGH = 50  # submissions


@pytest.mark.parametrize("mode", ["scaled out"], indirect=True)
def test_nothing_is_lost_when_postgresql_is_killed_and_started_again(
    installation: Installation, postgresql: PostgreSql
) -> None:
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=4) as load:
        for outage in range(1, OUTAGES + 1):
            wait_for_more(load)
            postgresql.kill()
            poll(lambda outage=outage: load.troubles["503"] >= 10 * outage, PATIENCE, "refusals")  # type: ignore[misc]
            assert installation.health() is None
            postgresql.start()
        wait_for_more(load)
    ledger = settle(installation, load.promises, 90)

    assert set(ledger.statuses) == {"accepted"}


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "rabbitmq":
        yield request.getfixturevalue("rabbitmq")
        return
    with running_server(Redis()) as redis:
        yield redis


def test_submissions_are_taken_without_a_broker_and_sent_once_it_is_there_again(
    tmp_path: Path, sandbox: RunningSandbox, postgresql: PostgreSql, broker: Server
) -> None:
    """What it held is gone each time: a message lost or doubled there is no event lost or doubled."""
    with installed(tmp_path, sandbox.url, Mode(postgresql, broker)) as installation:
        form = installation.prepare()["feedback"]
        installation.start("web", *installation.workers)
        with Load(installation.port, form, senders=2, pause_seconds=0.05) as load:
            for _ in range(OUTAGES):
                wait_for_more(load)
                broker.kill()
                broker.empty()
                wait_for_more(load)
                broker.start()
            wait_for_more(load)
        ledger = settle(installation, load.promises, 90)

    assert not load.troubles
    assert set(ledger.statuses) == {"accepted"}


def wait_for_more(load: Load) -> None:
    before = len(load.promises)
    poll(lambda: len(load.promises) >= before + ENOUGH, PATIENCE, "more submissions")
