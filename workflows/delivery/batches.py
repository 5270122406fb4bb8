"""Claimed deliveries and the batches they leave in: values only, no database and no HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from segment.limits import BATCH_ENVELOPE_BYTES, MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from segment.tracking import Answer, Outcome


class Claimed(NamedTuple):
    """A delivery as its claimer holds it, under the lease with that key.

    Ids are 32 hex digits: thousands pass a second, and a UUID object takes as long to make as all the rest.
    """

    lease: int
    id: str
    submission_id: str
    source_id: int
    region: str
    body: bytes  # the event's JSON
    attempt_count: int
    give_up_at: datetime | None

    def __repr__(self) -> str:
        """Without the body, which holds answers."""
        return f"Claimed(id={self.id!r}, lease={self.lease}, source_id={self.source_id})"


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that leave in one request: of one lease, hence one source, and of one region, within Segment's
    limits, oldest first."""

    items: tuple[Claimed, ...]

    @property
    def lease(self) -> int:
        return self.items[0].lease

    @property
    def source_id(self) -> int:
        return self.items[0].source_id

    @property
    def region(self) -> str:
        return self.items[0].region


@dataclass(frozen=True, slots=True)
class Try:
    """One request and what it means for its events.

    Not `is_final`: the events were refused together and are sent again in parts.
    """

    items: tuple[Claimed, ...]
    answer: Answer
    started_at: datetime
    is_final: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that was tried for one batch. `untried` are given back: they have no final answer yet."""

    batch: Batch
    tries: tuple[Try, ...]
    untried: tuple[Claimed, ...]

    @property
    def trouble(self) -> Answer | None:
        """The answer that asks for another try later, if there was one."""
        last = self.tries[-1].answer if self.tries else None
        return last if last and last.outcome in {Outcome.RETRY, Outcome.RATE_LIMITED} else None


def group(claimed: Iterable[Claimed]) -> list[Batch]:
    """Batches by lease and region, up to 500 KB and 2,500 events each, oldest submission first."""
    alike: dict[tuple[int, str], list[Claimed]] = {}
    for item in claimed:
        alike.setdefault((item.lease, item.region), []).append(item)
    return [Batch(part) for items in alike.values() for part in _split_by_limits(items)]


def _split_by_limits(items: list[Claimed]) -> list[tuple[Claimed, ...]]:
    parts: list[list[Claimed]] = []
    size = 0
    for item in sorted(items, key=attrgetter("submission_id")):
        needed = len(item.body) + 1  # the comma
        if not parts or size + needed > MAX_BATCH_BYTES or len(parts[-1]) == MAX_BATCH_EVENTS:
            parts.append([])
            size = BATCH_ENVELOPE_BYTES
        parts[-1].append(item)
        size += needed
    return [tuple(part) for part in parts]
