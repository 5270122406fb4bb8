"""Retention: runs older than RETENTION_DAYS are removed in small bites, while intake and worker go on.

A submission's id is time-ordered, so what is old is a range at the beginning of the primary key: a bite reads
on from where the last one ended, and costs the same however long the history is. Its age is that of its id.
What is not planned or not finished stays, whatever its age, and all of its run with it. Attempts go last.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from workflows.identifiers import first_id_at
from workflows.models import Delivery, DeliveryStatus, Submission
from workflows.retention.removal import Counts, hold_deliveries, prune_attempts, remove_runs

log = logging.getLogger(__name__)

FIRST_ID = uuid.UUID(int=0)
BITE_ROWS = 500  # submissions that one bite looks at
BITE_ATTEMPTS = 1_000  # that a bite removes when no old run is left
CHUNK_ROWS = 20  # of them removed between two looks at the clock
HOLD_SECONDS = 0.02  # for which a bite keeps SQLite's write lock, and a chunk more
PAUSE_SECONDS = 0.05  # between two bites, for whoever waits to write
BUSY_PAUSE_SECONDS = 0.5  # the same while events wait to be sent
REST_SECONDS = 60.0  # when nothing old is left


@dataclass(frozen=True, slots=True)
class Bite:
    """What a bite removed, and the id at which the next one begins; None when nothing old is left."""

    removed: Counts
    next_id: uuid.UUID | None


def cutoff_id(days: int, now: datetime | None = None) -> uuid.UUID:
    """Smaller ids are older than `days`; with 0, none is: everything is kept."""
    return first_id_at((now or timezone.now()) - timedelta(days=days)) if days else FIRST_ID


def prune_bite(start: uuid.UUID = FIRST_ID, days: int | None = None, now: datetime | None = None) -> Bite:
    """Remove some of what is older than `days` (RETENTION_DAYS), from the id `start` on.

    At most BITE_ROWS submissions, and what HOLD_SECONDS of SQLite's write lock are enough for.
    """
    days = settings.RETENTION_DAYS if days is None else days
    old = Submission.objects.filter(pk__gte=start, pk__lt=cutoff_id(days, now)).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:BITE_ROWS]) if days else []
    if not ids:
        is_more = bool(days) and prune_attempts(BITE_ATTEMPTS) == BITE_ATTEMPTS
        return Bite(Counts(), start if is_more else None)
    kept = _read_kept(ids)
    removed, last = _remove(ids, kept) if len(kept) < len(ids) else (Counts(), ids[-1])
    return Bite(removed, uuid.UUID(int=last.int + 1))


def _read_kept(ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those not planned or not finished, read before the lock is taken: it is then held for less."""
    unplanned = Submission.objects.filter(planned_at=None, pk__gte=ids[0], pk__lte=ids[-1])
    unfinished = Delivery.objects.filter(submission_id__in=ids, status=DeliveryStatus.PENDING)
    return {*unplanned.values_list("pk", flat=True), *unfinished.values_list("submission_id", flat=True)}


def _remove(ids: Sequence[uuid.UUID], kept: set[uuid.UUID]) -> tuple[Counts, uuid.UUID]:
    removed, last = Counts(), ids[-1]
    with transaction.atomic():
        deadline = time.monotonic() + HOLD_SECONDS  # the wait for the lock is over
        for begin in range(0, len(ids), CHUNK_ROWS):
            chunk = ids[begin : begin + CHUNK_ROWS]
            removed += _remove_finished([pk for pk in chunk if pk not in kept])
            if time.monotonic() >= deadline:
                last = chunk[-1]
                break
    return removed, last


def _remove_finished(ids: Sequence[uuid.UUID]) -> Counts:
    deliveries = hold_deliveries(ids)
    # Somebody may have asked to send one again since it was read.
    busy = {delivery.submission_id for delivery in deliveries if delivery.status == DeliveryStatus.PENDING}
    return remove_runs(
        [pk for pk in ids if pk not in busy],
        [delivery for delivery in deliveries if delivery.submission_id not in busy],
    )


def prune_bites(days: int | None = None, seconds: float = float("inf")) -> Iterator[Counts]:
    """What bite after bite removed, with pauses, until nothing old is left or the time is over."""
    deadline = time.monotonic() + seconds
    bite = prune_bite(days=days)
    while bite.next_id is not None:
        yield bite.removed
        if time.monotonic() >= deadline:
            return
        time.sleep(PAUSE_SECONDS)
        bite = prune_bite(bite.next_id, days)


def prune(seconds: float) -> Counts:
    """Remove what is old for about that long; for a scheduler that calls again."""
    removed = Counts()
    for counts in prune_bites(seconds=seconds):
        removed += counts
    if removed:
        log.info("pruned %s", removed)
    return removed


class Pruner:
    """A worker's turns at pruning: `take_turn` as often as you like, it looks at the clock first."""

    def __init__(self) -> None:
        self._next_id = FIRST_ID
        self._next_turn = 0.0
        self._removed = Counts()

    def take_turn(self, is_idle: bool) -> None:
        """One bite, if it is time for one: less often while there are events to send."""
        now = time.monotonic()
        if not settings.RETENTION_DAYS or now < self._next_turn:
            return
        self._next_turn = now + REST_SECONDS  # unless the bite succeeds
        bite = prune_bite(self._next_id)
        self._removed += bite.removed
        if bite.next_id is not None:
            self._next_id = bite.next_id
            self._next_turn = time.monotonic() + (PAUSE_SECONDS if is_idle else BUSY_PAUSE_SECONDS)
            return
        self._next_id = FIRST_ID
        if self._removed:
            log.info("pruned %s", self._removed)
            self._removed = Counts()
