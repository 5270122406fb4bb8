"""Claimed deliveries and the batches they leave in: values only, no database and no HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from segment.limits import BATCH_ENVELOPE_BYTES, MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from segment.tracking import Answer, Outcome


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery as its claimer holds it. `body` is the event's JSON, which never shows in a repr."""

    id: uuid.UUID
    submission_id: uuid.UUID
    source_id: int | None
    region: str
    body: bytes = field(repr=False)
    attempt_count: int
    give_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that leave in one request: one source, one region, within Segment's limits, oldest first."""

    region: str
    source_id: int | None
    items: tuple[Claimed, ...]


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
    """Batches by region and source, up to 500 KB and 2,500 events each, oldest submission first."""
    by_source: dict[tuple[str, int | None], list[Claimed]] = {}
    for item in claimed:
        by_source.setdefault((item.region, item.source_id), []).append(item)
    return [
        Batch(region, source_id, part)
        for (region, source_id), items in by_source.items()
        for part in _split_by_limits(sorted(items, key=lambda item: item.submission_id.int))
    ]


def _split_by_limits(items: list[Claimed]) -> list[tuple[Claimed, ...]]:
    parts: list[list[Claimed]] = []
    size = 0
    for item in items:
        needed = len(item.body) + 1  # the comma
        if not parts or size + needed > MAX_BATCH_BYTES or len(parts[-1]) == MAX_BATCH_EVENTS:
            parts.append([])
            size = BATCH_ENVELOPE_BYTES
        parts[-1].append(item)
        size += needed
    return [tuple(part) for part in parts]
