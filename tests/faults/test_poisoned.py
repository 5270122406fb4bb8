"""One event that Segment refuses, in a full batch: it alone is rejected, with Segment's words, soon found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segment.sandbox import RunningSandbox
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.processes import PATIENCE, Installation
from tests.product import poll
from tests.segment.helpers import add_fault, lift_faults, seen_requests

pytestmark = pytest.mark.faults

EVENTS = 2_500
GUILTY = 2_000
MAX_REQUESTS = 15
UNPLANNED = "SELECT COUNT(*) FROM workflows_submission WHERE planned_at IS NULL"
REJECTED = "SELECT reason, reason_params FROM workflows_delivery WHERE status = 'rejected'"


def test_one_of_2500_is_rejected_within_fifteen_requests(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    form = installation.prepare({"feedback": ["acme/website"]})["feedback"]
    installation.start("web")
    with Load(installation.port, form, senders=8, count=EVENTS) as load:
        load.join()
    # The first ones are on their way until all are planned, so that the rest leaves in batches that are full.
    delay = add_fault(sandbox, kind="delay", seconds=60, times=1)
    fault = add_fault(sandbox, kind="refuse_event", match=f'"userId":"user-{GUILTY}"')
    installation.start(*installation.workers)
    poll(lambda: installation.database.read(UNPLANNED) == [(0,)], PATIENCE, "2,500 planned submissions")
    lift_faults(sandbox, delay["id"])
    ledger = settle(installation, load.promises)

    assert ledger.statuses == {"accepted": EVENTS - 1, "rejected": 1}
    assert ledger.verdicts == {"accepted": EVENTS - 1}
    assert len(seen_requests(sandbox)) <= MAX_REQUESTS + 1  # with the first ones'
    ((reason, params),) = installation.database.read(REJECTED)
    told = read_json(params)
    assert (reason, told["status"]) == ("segment_refused", 400)
    assert f"The sandbox was asked to fail here (fault {fault['id']})." in told["answer"]


def read_json(column: Any) -> Any:
    """A JSON column: SQLite gives its text, PostgreSQL what it says."""
    return json.loads(column) if isinstance(column, str) else column
