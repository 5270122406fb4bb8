"""A database that is locked by somebody else, or out of disk: no promise is made that is not kept."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.conftest import installed, running_server
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.modes import Mode
from tests.faults.processes import PATIENCE, Installation
from tests.faults.servers import PostgreSql
from tests.product import poll

pytestmark = pytest.mark.faults

LOCKED_SECONDS = 4.0
DISK_BYTES = 128 * 1024 * 1024


def test_nothing_is_lost_while_another_process_holds_the_write_lock(installation: Installation) -> None:
    form = installation.prepare()["feedback"]
    installation.start("web", *installation.workers)
    with Load(installation.port, form, senders=6) as load:
        poll(lambda: len(load.promises) >= 50, PATIENCE, "submissions")
        with installation.database.locked():
            poll(lambda: len(load.under_way) == 6, PATIENCE, "requests at the lock")
            before = len(load.promises)
            time.sleep(LOCKED_SECONDS)
            assert len(load.promises) <= before + 6  # what was stored just before it; else it was no lock
        poll(lambda: len(load.promises) >= before + 50, PATIENCE, "more of them")
    ledger = settle(installation, load.promises)

    assert set(ledger.statuses) == {"accepted"}


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of DISK_BYTES."""
    folder = Path(tempfile.mkdtemp(prefix="tributary-disk-"))  # PostgreSQL's user can't enter pytest's own
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"A small file system can be mounted by root only: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def cramped(small_disk: Path, mode: Mode) -> Iterator[Mode]:
    """The mode with its database on the small disk."""
    if mode.postgresql is None:
        yield mode
        return
    with running_server(PostgreSql(small_disk)) as postgresql:
        yield Mode(postgresql, mode.broker)


def test_on_a_full_disk_submissions_are_refused_and_taken_again_once_there_is_room(
    small_disk: Path, cramped: Mode, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    folder = tmp_path if cramped.postgresql else small_disk
    with installed(folder, sandbox.url, cramped) as installation:
        form = installation.prepare()["feedback"]
        installation.start("web", *installation.workers)
        with Load(installation.port, form, senders=4, pause_seconds=0.01) as load:
            poll(lambda: len(load.promises) >= 50, PATIENCE, "submissions")
            fill(small_disk / "filler")
            poll(lambda: load.troubles["503"] >= 20, PATIENCE, "refusals")
            # A full PostgreSQL can still be read, and takes what fits into the pages that it has.
            assert cramped.postgresql or installation.health() is None
            (small_disk / "filler").unlink()
            if cramped.postgresql:
                cramped.postgresql.start()  # where it could not write its log, it has ended
            before = len(load.promises)
            poll(lambda: len(load.promises) >= before + 50, PATIENCE, "submissions again")
        ledger = settle(installation, load.promises, 90)

    assert set(load.troubles) == {"503"}
    assert set(ledger.statuses) == {"accepted"}


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                os.write(file.fileno(), bytes(65_536))
        except OSError:
            pass
