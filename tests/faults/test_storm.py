"""All of Segment's bad manners at once, each at a source of its own, beside a calm source.

One run, looked at from several sides: a storm of 500s, rate limits, resets, lost answers and a request that
hangs for thirty seconds (the worker's own time-out, fifteen, is the real one).
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests

from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import write_key
from tests.faults.conftest import installed, running_sandbox
from tests.faults.ledger import Ledger, settle
from tests.faults.load import Form, Load, Promise
from tests.faults.modes import Mode
from tests.faults.processes import Installation
from tests.product import poll
from tests.segment.helpers import add_fault, seen_requests
from workflows.identifiers import delivery_id, message_id

pytestmark = pytest.mark.faults

RETRY_AFTER_SECONDS = 3
RULES: dict[str, dict[str, Any]] = {
    "error": {"kind": "status", "status": 500, "times": 3},
    "limit": {"kind": "status", "status": 429, "retry_after": RETRY_AFTER_SECONDS, "times": 2},
    "reset": {"kind": "reset", "times": 3},
    "late": {"kind": "reset_after_accept", "times": 2},
    "hang": {"kind": "hang", "seconds": 30, "times": 1},
}
SOURCES = {name: f"store-{number:04d}" for number, name in enumerate(RULES, start=1)} | {"calm": "store-0099"}
KEYS = {name: write_key("globex", slug) for name, slug in SOURCES.items()}
CALM_SUBMISSIONS = 200  # on each side of the storm's beginning
STORM_SECONDS = 90.0
# The calm source may be slower while the others are in trouble only by what a busy machine explains: a
# request in its way would cost fifteen seconds.
MAX_RATIO, MAX_MORE_SECONDS = 2.0, 0.25

ATTEMPTS = """
SELECT d.task_id, a.outcome, a.status_code, COUNT(*)
FROM workflows_attempt a JOIN workflows_delivery d ON ' ' || d.attempt_keys LIKE '% ' || a.id || ' %'
GROUP BY d.task_id, a.outcome, a.status_code
"""


@dataclass(frozen=True)
class Storm:
    """What there was in the end. `began_at` is of `time.time()`; requests and attempts are by form."""

    ledger: Ledger
    began_at: float
    requests: dict[str, list[dict[str, Any]]]
    attempts: dict[str, Counter[tuple[str, int | None]]]
    calm: list[Promise]


@pytest.fixture(scope="module")
def storm(mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    folder = tmp_path_factory.mktemp("storm")
    with running_sandbox() as sandbox, installed(folder, sandbox.url, mode) as installation:
        forms = installation.prepare({name: [f"globex/{slug}"] for name, slug in SOURCES.items()})
        installation.start("web", *installation.workers)
        loads = {
            name: Load(installation.port, form, senders=1, pause_seconds=0.02 if name == "calm" else 0.15)
            for name, form in forms.items()
        }
        with ExitStack() as stack:
            for load in loads.values():
                stack.enter_context(load)
            began_at = let_it_storm(sandbox, loads["calm"])
        ledger = settle(installation, [promise for load in loads.values() for promise in load.promises])
        seen = seen_requests(sandbox)
        yield Storm(
            ledger,
            began_at,
            {name: [entry for entry in seen if entry["write_key"] == key] for name, key in KEYS.items()},
            read_attempts(installation, forms),
            loads["calm"].promises,
        )


def let_it_storm(sandbox: RunningSandbox, calm: Load) -> float:
    """A calm beginning, then all faults, until each source has got over its own; when the storm began."""
    poll(lambda: len(calm.promises) >= CALM_SUBMISSIONS, STORM_SECONDS, "a calm beginning")
    began_at = time.time()
    for name, rule in RULES.items():
        add_fault(sandbox, api="tracking", write_key=KEYS[name], **rule)
    poll(lambda: is_over(sandbox), STORM_SECONDS, "an accepted request of each source after its trouble")
    during = [promise for promise in calm.promises if promise.sent_at > began_at]
    assert len(during) >= CALM_SUBMISSIONS  # else there is nothing to compare
    return began_at


def is_over(sandbox: RunningSandbox) -> bool:
    last_status = {entry["write_key"]: entry["status"] for entry in seen_requests(sandbox)}
    is_used_up = all(fault["used"] == fault["times"] for fault in read_faults(sandbox))
    return is_used_up and set(last_status.values()) == {200}


def read_faults(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = requests.get(f"{sandbox.url}/faults", timeout=10).json()["faults"]
    return faults


def read_attempts(
    installation: Installation, forms: dict[str, Form]
) -> dict[str, Counter[tuple[str, int | None]]]:
    """How many attempts had which outcome and status, by form."""
    names = {task: name for name, form in forms.items() for task in form.tasks}
    attempts: dict[str, Counter[tuple[str, int | None]]] = {name: Counter() for name in forms}
    for task, outcome, status, count in installation.database.read(ATTEMPTS):
        attempts[names[task]][outcome, status] += count
    return attempts


def test_all_is_accepted_once_in_spite_of_it(storm: Storm) -> None:
    assert set(storm.ledger.statuses) == {"accepted"}
    assert set(storm.ledger.verdicts) == {"accepted", "duplicate"}


@pytest.mark.parametrize(
    ("name", "outcome", "status"),
    [
        ("error", "retry", 500),
        ("limit", "rate_limited", 429),
        ("reset", "retry", None),
        ("late", "retry", None),
        ("hang", "retry", None),
    ],
)
def test_each_trouble_is_on_record(storm: Storm, name: str, outcome: str, status: int | None) -> None:
    assert set(storm.attempts[name]) == {("accepted", 200), (outcome, status)}
    assert storm.attempts["calm"].keys() == {("accepted", 200)}


def test_a_request_that_hangs_is_given_up_after_fifteen_seconds_and_made_again(storm: Storm) -> None:
    hung, following = find_with_next(storm.requests["hang"], None)
    assert 15 <= seconds_between(hung, following) < 30
    assert following["status"] == 200


def test_events_taken_without_an_answer_are_told_by_their_message_ids(storm: Storm) -> None:
    duplicates = {record["write_key"] for record in storm.ledger.events if record["verdict"] == "duplicate"}
    assert duplicates == {KEYS["late"]}


def test_a_rate_limited_source_is_not_asked_before_its_time(storm: Storm) -> None:
    asked = storm.requests["limit"]
    pauses = [
        seconds_between(entry, following)
        for entry, following in itertools.pairwise(asked)
        if entry["status"] == 429
    ]
    assert len(pauses) == RULES["limit"]["times"]
    assert min(pauses) >= RETRY_AFTER_SECONDS


def test_the_calm_source_is_as_quick_as_before_the_storm(storm: Storm) -> None:
    received = {
        record["event"]["messageId"]: datetime.fromisoformat(record["received_at"]).timestamp()
        for record in storm.ledger.events
        if record["write_key"] == KEYS["calm"]
    }
    before, during = [], []
    for promise in storm.calm:
        at = received[message_id(delivery_id(promise.submission, promise.form.tasks[0]))]
        (during if promise.sent_at > storm.began_at else before).append(at - promise.sent_at)
    calm, stormy = p99(before), p99(during)
    told = f"p99 {calm:.3f} s of {len(before)} before, {stormy:.3f} s of {len(during)} in the storm"
    assert stormy <= calm * MAX_RATIO + MAX_MORE_SECONDS, told


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def find_with_next(
    entries: list[dict[str, Any]], status: int | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one request that was answered `status`, and the one after it."""
    ((found, following),) = [pair for pair in itertools.pairwise(entries) if pair[0]["status"] == status]
    return found, following


def seconds_between(first: dict[str, Any], second: dict[str, Any]) -> float:
    moments = [datetime.fromisoformat(entry["received_at"]) for entry in (first, second)]
    return (moments[1] - moments[0]).total_seconds()
