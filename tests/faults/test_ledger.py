"""The ledger finds each way to lose, double or change an event; else the other tests here prove nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tests.faults.ledger import Entry, Ledger
from tests.faults.load import Form, Promise
from workflows.identifiers import delivery_id, message_id, new_time_ordered_id

FORM = Form("key", (1, 2))
FIRST, SECOND = (new_time_ordered_id() for _ in range(2))
PROMISES = [Promise(FIRST, 1, FORM, "a", 1.0, 2.0), Promise(SECOND, 2, FORM, "a", 3.0, 4.0)]


def entry(submission: UUID, task: int, status: str = "accepted", **columns: Any) -> Entry:
    return Entry(delivery_id(submission, task), submission, task, status, **columns)


def record(submission: UUID, task: int, number: int, verdict: str = "accepted") -> dict[str, Any]:
    fields = "traits" if task == 1 else "properties"
    event = {
        "messageId": message_id(delivery_id(submission, task)),
        "userId": f"user-{number}",
        fields: {"name": "Ada", "score": number},
    }
    return {"verdict": verdict, "event": event}


ENTRIES = [entry(pk, task) for pk in (FIRST, SECOND) for task in FORM.tasks]
EVENTS = [record(pk, task, number) for number, pk in ((1, FIRST), (2, SECOND)) for task in FORM.tasks]
EXACT = Ledger(PROMISES, [FIRST, SECOND], ENTRIES, EVENTS)


def kinds(**changes: Any) -> list[str]:
    return [error.partition(":")[0] for error in replace(EXACT, **changes).find_errors()]


def test_an_exact_ledger_has_no_errors_and_duplicates_are_none() -> None:
    assert kinds() == []
    assert kinds(events=[*EVENTS, record(FIRST, 1, 1, "duplicate")]) == []
    EXACT.check()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"submissions": [FIRST]}, ["lost"]),
        ({"submissions": [FIRST, SECOND, new_time_ordered_id()]}, ["unpromised"]),
        ({"promises": [*PROMISES, replace(PROMISES[0], number=1)]}, ["merged"]),
        ({"entries": ENTRIES[1:]}, ["missing", "extra"]),
        ({"events": EVENTS[1:]}, ["missing"]),
        ({"events": [record(FIRST, 1, 1, "rejected"), *EVENTS[1:]]}, ["missing"]),
        ({"events": [*EVENTS, EVENTS[0]]}, ["doubled"]),
        ({"events": [*EVENTS, record(new_time_ordered_id(), 1, 9)]}, ["extra"]),
        ({"events": [record(FIRST, 1, 2), *EVENTS[1:]]}, ["altered"]),
        ({"entries": [entry(FIRST, 1, "pending"), *ENTRIES[1:]]}, ["unsettled"]),
        ({"entries": [entry(FIRST, 1, is_leased=True), *ENTRIES[1:]]}, ["leased"]),
        ({"entries": [entry(FIRST, 1, "skipped", reason="task_off"), *ENTRIES[1:]]}, ["missing"]),
        (
            {"entries": [entry(FIRST, 1, "rejected", reason="segment_refused"), *ENTRIES[1:]]},
            ["contradiction"],
        ),
        ({"entries": [entry(FIRST, 1, "failed"), *ENTRIES[1:]]}, ["silent"]),
    ],
)
def test_each_error_is_found(changes: dict[str, Any], expected: list[str]) -> None:
    assert kinds(**changes) == expected


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_a_reason_settles_what_the_sandbox_never_accepted(status: str) -> None:
    assert kinds(entries=[entry(FIRST, 1, status, reason="why"), *ENTRIES[1:]], events=EVENTS[1:]) == []


def test_what_nobody_was_told_of_may_be_stored_where_it_is_expected() -> None:
    third = new_time_ordered_id()
    rest = {
        "submissions": [FIRST, SECOND, third],
        "entries": [*ENTRIES, entry(third, 1), entry(third, 2)],
        "events": [*EVENTS, record(third, 1, 3), record(third, 2, 3)],
    }
    assert kinds(**rest, unanswered=1) == []
    assert kinds(**rest) == ["unpromised"]


def test_check_counts_by_kind_and_shows_the_first() -> None:
    with pytest.raises(AssertionError, match=r"\{'missing': 4\}\nmissing: delivery"):
        replace(EXACT, events=[]).check()


def test_disorder_is_told_within_a_sender_and_task_only() -> None:
    assert list(EXACT.find_disorder()) == []
    swapped = replace(EXACT, events=[EVENTS[2], EVENTS[0], EVENTS[1], EVENTS[3]])
    assert [error.partition(":")[0] for error in swapped.find_disorder()] == ["disorder"]
    of_others = replace(swapped, promises=[PROMISES[0], replace(PROMISES[1], sender="b")])
    assert list(of_others.find_disorder()) == []
