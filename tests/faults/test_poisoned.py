"""One event that Segment refuses, in a full batch: it alone is rejected, with Segment's words, soon found."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from segment.limits import BATCH_ENVELOPE_BYTES, MAX_BATCH_BYTES
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import write_key
from tests.faults.ledger import settle
from tests.faults.load import Load
from tests.faults.processes import Installation
from tests.segment.helpers import add_fault, seen_requests

pytestmark = pytest.mark.faults

EVENTS = 2_500
MAX_REQUESTS = 15
MAX_BODY_BYTES = (MAX_BATCH_BYTES - BATCH_ENVELOPE_BYTES) // EVENTS - 1  # the comma
# Where in its batch the guilty event stands, for a source each; the last of the first half is among those
# that take the most requests.
PLACES = {"store-0001": 0, "store-0002": EVENTS // 2 - 1, "store-0003": EVENTS // 2, "store-0004": EVENTS - 1}
KEYS = {slug: write_key("globex", slug) for slug in PLACES}

LARGEST_BODY = "SELECT MAX(LENGTH(body)) FROM workflows_delivery"
FIRST_REQUESTS = """
SELECT d.task_id, COUNT(*), MIN(a.batch_size), MAX(a.batch_size), COUNT(DISTINCT a.started_at)
FROM workflows_attempt a JOIN workflows_delivery d ON d.attempt_keys LIKE a.id || ' %'
GROUP BY d.task_id ORDER BY d.task_id
"""
REJECTED = """
SELECT task_id, submission_id, reason, reason_params FROM workflows_delivery WHERE status = 'rejected'
"""


def test_one_of_2500_is_rejected_within_fifteen_requests(
    installation: Installation, sandbox: RunningSandbox
) -> None:
    installation.settings["DELIVERY_LEASE_SECONDS"] = "20"  # nobody dies here, and nothing is sent twice
    form = installation.prepare({"feedback": [f"globex/{slug}" for slug in PLACES]})["feedback"]
    installation.start("web")
    with Load(installation.port, form, senders=8, count=EVENTS) as load:
        load.join()
    installation.run("-m", "tests.faults.plan")  # all of them before the first is sent, so the batch is full
    ((largest,),) = installation.database.read(LARGEST_BODY)
    assert largest <= MAX_BODY_BYTES
    in_order = sorted(load.promises, key=lambda promise: promise.submission)
    guilty = {slug: in_order[place] for slug, place in PLACES.items()}
    faults = {
        slug: add_fault(
            sandbox, kind="refuse_event", write_key=KEYS[slug], match=f'"userId":"user-{promise.number}"'
        )
        for slug, promise in guilty.items()
    }
    installation.start(*installation.workers)
    ledger = settle(installation, load.promises)

    assert ledger.statuses == {"accepted": len(PLACES) * (EVENTS - 1), "rejected": len(PLACES)}
    assert ledger.verdicts == {"accepted": len(PLACES) * (EVENTS - 1)}
    assert installation.database.read(FIRST_REQUESTS) == [
        (task, EVENTS, EVENTS, EVENTS, 1) for task in sorted(form.tasks)
    ]
    requests = Counter(seen["write_key"] for seen in seen_requests(sandbox))
    assert requests.keys() == set(KEYS.values())
    assert max(requests.values()) <= MAX_REQUESTS, requests
    rejected = {task: (UUID(str(pk)), *told) for task, pk, *told in installation.database.read(REJECTED)}
    for slug, task in zip(PLACES, form.tasks, strict=True):
        submission, reason, params = rejected.pop(task)
        told = read_json(params)
        assert (submission, reason, told["status"]) == (guilty[slug].submission, "segment_refused", 400)
        assert f"The sandbox was asked to fail here (fault {faults[slug]['id']})." in told["answer"]
    assert not rejected


def read_json(column: Any) -> Any:
    """A JSON column: SQLite gives its text, PostgreSQL what it says."""
    return json.loads(column) if isinstance(column, str) else column
