"""The ledger: every promise (202) against the database's deliveries and the sandbox's verdicts.

Exact means: each promised submission owes one delivery for each task. Either it is accepted, and the sandbox
accepted its event once, with this submission's answers in it; or it is rejected or failed with a reason, and
the sandbox accepted it never (rejected) or at most once (failed: its last answer may have been lost). Nothing
is pending, leased or skipped; nothing is there that nobody sent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import requests

from tests.faults.load import Promise
from tests.faults.processes import Installation
from workflows.identifiers import delivery_id, message_id

PAGE_EVENTS = 50_000
SHOWN_ERRORS = 20

_DELIVERIES = "SELECT id, submission_id, task_id, status, reason FROM workflows_delivery"
_LEASES = "SELECT delivery_ids FROM workflows_lease"
_SUBMISSIONS = "SELECT id FROM workflows_submission"


@dataclass(frozen=True)
class Entry:
    """One delivery as the database has it."""

    id: UUID
    submission: UUID
    task: int | None
    status: str
    reason: str = ""
    is_leased: bool = False


@dataclass(frozen=True)
class Ledger:
    """`events` are the debugger's records, in the order they came in.

    `unanswered` is how many submissions may be stored beside the promised ones: those whose senders got no
    answer and did not ask again.
    """

    promises: Sequence[Promise]
    submissions: Sequence[UUID]
    entries: Sequence[Entry]
    events: Sequence[dict[str, Any]]
    unanswered: int = 0

    @cached_property
    def statuses(self) -> Counter[str]:
        return Counter(entry.status for entry in self.entries)

    @cached_property
    def verdicts(self) -> Counter[str]:
        return Counter(record["verdict"] for record in self.events)

    @cached_property
    def _entries_by_id(self) -> dict[UUID, Entry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def _accepted(self) -> Counter[str]:
        return Counter(
            record["event"].get("messageId") for record in self.events if record["verdict"] == "accepted"
        )

    def check(self) -> None:
        """Fails with the first errors, and how many there are of each kind."""
        errors = list(self.find_errors())
        kinds = dict(Counter(error.partition(":")[0] for error in errors))
        lines = [*errors[:SHOWN_ERRORS], "…"] if len(errors) > SHOWN_ERRORS else errors
        assert not errors, f"the ledger is not exact: {kinds}\n" + "\n".join(lines)

    def find_errors(self) -> Iterator[str]:
        """One line for each thing that is wrong; it begins with its kind and a colon."""
        yield from self._find_wrong_submissions()
        for promise in self.promises:
            for task in promise.form.tasks:
                yield from self._find_wrong_delivery(promise, task)
        yield from self._find_unsettled()
        yield from self._find_extra()
        yield from self._find_altered()

    def find_disorder(self) -> Iterator[str]:
        """A task's events that came in otherwise than one sender sent them, each after the 202 before."""
        place = {message_id(delivery_id(p.submission, task)): (p, task) for p, task in self._owed()}
        last: dict[tuple[int, str], Promise] = {}
        for record in self.events:
            known = place.get(record["event"].get("messageId"))
            if record["verdict"] != "accepted" or known is None:
                continue
            promise, task = known
            before = last.get((task, promise.sender))
            if before is not None and before.sent_at > promise.sent_at:
                yield f"disorder: task {task} got {before.number} before {promise.number} of {promise.sender}"
            last[task, promise.sender] = promise

    def _owed(self) -> Iterator[tuple[Promise, int]]:
        return ((promise, task) for promise in self.promises for task in promise.form.tasks)

    def _find_wrong_submissions(self) -> Iterator[str]:
        stored = set(self.submissions)
        promised = Counter(promise.submission for promise in self.promises)
        yield from (
            f"lost: submission {pk} was promised and is not stored" for pk in promised.keys() - stored
        )
        yield from (f"merged: submission {pk} was promised {n} times" for pk, n in promised.items() if n > 1)
        unpromised = stored - promised.keys()
        if len(unpromised) > self.unanswered:
            yield f"unpromised: {len(unpromised)} submissions are stored that nobody was promised"

    def _find_wrong_delivery(self, promise: Promise, task: int) -> Iterator[str]:
        pk = delivery_id(promise.submission, task)
        entry = self._entries_by_id.get(pk)
        if entry is None:
            yield f"missing: submission {promise.submission} has no delivery for task {task}"
            return
        count = self._accepted[message_id(pk)]
        if entry.status == "accepted" and count == 0:
            yield f"missing: delivery {pk} is accepted, and the sandbox never accepted it"
        if entry.status == "rejected" and count:
            yield f"contradiction: delivery {pk} is rejected, and the sandbox accepted it"
        if entry.status in {"rejected", "failed"} and not entry.reason:
            yield f"silent: delivery {pk} is {entry.status} without a reason"
        if entry.status == "skipped":
            yield f"missing: delivery {pk} was skipped: {entry.reason}"

    def _find_unsettled(self) -> Iterator[str]:
        for entry in self.entries:
            if entry.status == "pending":
                yield f"unsettled: delivery {entry.id} is {entry.status} ({entry.reason or 'no reason'})"
            if entry.is_leased:
                yield f"leased: delivery {entry.id} is {entry.status} and still leased"

    def _find_extra(self) -> Iterator[str]:
        known = {message_id(pk) for pk in self._entries_by_id}
        for found, count in self._accepted.items():
            if found not in known:
                yield f"extra: the sandbox accepted {found}, which no delivery has"
            if count > 1:
                yield f"doubled: the sandbox accepted {found} {count} times"

    def _find_altered(self) -> Iterator[str]:
        numbers = {message_id(delivery_id(p.submission, task)): p.number for p, task in self._owed()}
        for record in self.events:
            event = record["event"]
            number = numbers.get(event.get("messageId"))
            if number is None:
                continue
            answers = event.get("traits") or event.get("properties")
            if event.get("userId") != f"user-{number}" or answers != {"name": "Ada", "score": number}:
                yield f"altered: {event.get('messageId')} is not what number {number} answered"


def read_ledger(installed: Installation, promises: Iterable[Promise], unanswered: int = 0) -> Ledger:
    """Read both sides. Call it once the backlog is empty (`wait_until_settled`)."""
    rows = installed.database.read(_DELIVERIES)
    leased = {UUID(pk) for (ids,) in installed.database.read(_LEASES) for pk in json.loads(ids)}
    entries = [
        Entry(UUID(str(pk)), UUID(str(submission)), task, status, reason, UUID(str(pk)) in leased)
        for pk, submission, task, status, reason in rows
    ]
    submissions = [UUID(str(pk)) for (pk,) in installed.database.read(_SUBMISSIONS)]
    events = read_events(installed.sandbox_url)
    return Ledger(list(promises), submissions, entries, events, unanswered)


def settle(
    installed: Installation, promises: Iterable[Promise], seconds: float = 60.0, unanswered: int = 0
) -> Ledger:
    """Wait until nothing is owed any more; the ledger of it, found exact."""
    installed.wait_until_settled(seconds)
    ledger = read_ledger(installed, promises, unanswered)
    ledger.check()
    return ledger


def read_events(sandbox_url: str) -> list[dict[str, Any]]:
    """All of the debugger's records, in pages."""
    events: list[dict[str, Any]] = []
    while True:
        query = {"after": events[-1]["seq"] if events else 0, "limit": PAGE_EVENTS}
        answer = requests.get(f"{sandbox_url}/debugger/events", params=query, timeout=120)
        page = answer.json()["events"]
        events += page
        if len(page) < PAGE_EVENTS:
            return events
