from __future__ import annotations

import pytest
from django.db import DatabaseError

from config import flusher
from tests.segment.helpers import wait_until
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
    monkeypatch.setattr(flusher.atexit, "register", at_end.append)
    tally.add(SUBMISSIONS, "taken", 2)
    stopped = flusher.start_flusher(0.01)
    wait_until(lambda: read_totals() == {(SUBMISSIONS.name, "taken"): 2})
    stopped.set()
    tally.add(SUBMISSIONS, "taken")
    (flush,) = at_end
    flush()  # or the thread in its last turn
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 3}


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
