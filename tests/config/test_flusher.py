from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import requests
from django.db import DatabaseError

from config import flusher
from tests.segment.helpers import wait_until
from tests.workflows.intake.helpers import start_server
from workflows.metrics import counts
from workflows.metrics.catalogue import SUBMISSIONS
from workflows.metrics.counts import Tally
from workflows.metrics.page import read_totals


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    tally = Tally()
    monkeypatch.setattr(counts, "TALLY", tally)
    return tally


@pytest.mark.django_db(transaction=True)
def test_counts_reach_the_table_by_themselves_and_at_the_end(
    tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end = []
    monkeypatch.setattr(flusher, "Finalize", lambda _, function, exitpriority: at_end.append(function))
    tally.add(SUBMISSIONS, "taken", 2)
    stopped = flusher.start_flusher(0.01)
    wait_until(lambda: read_totals() == {(SUBMISSIONS.name, "taken"): 2})
    stopped.set()
    tally.add(SUBMISSIONS, "taken")
    (flush,) = at_end
    flush()  # or the thread in its last turn
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 3}


def test_a_server_that_is_stopped_writes_what_it_counted(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    answer = requests.post(f"http://127.0.0.1:{server.port}{server.path}", json={"email": "ada"}, timeout=10)
    server.process.terminate()
    server.process.wait(20)
    assert answer.status_code == 202
    with sqlite3.connect(server.database) as connection:
        counts = connection.execute("SELECT name, label, value FROM workflows_metriccount").fetchall()
    assert counts == [(SUBMISSIONS.name, "taken", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_keeps_nothing_from_going_on(
    tally: Tally, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tally.add(SUBMISSIONS, "taken")
    with monkeypatch.context() as patched:

        def fail(_: object) -> None:
            raise DatabaseError("host=db password=secret")

        patched.setattr(counts, "write_counts", fail)
        flusher.flush()
    assert "counts not written yet: DatabaseError" in caplog.text
    assert "secret" not in caplog.text
    flusher.flush()
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 1}
