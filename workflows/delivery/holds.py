"""Which sources rest after trouble: a rate limit or an outage concerns all that a source is owed."""

from __future__ import annotations

import random
import time

from workflows.delivery.batches import Report
from workflows.delivery.retry import back_off_seconds


class Holds:
    """In one worker's memory: after a restart, and in each further worker, one request finds out anew."""

    def __init__(self) -> None:
        self._failures: dict[int, int] = {}
        self._held_until: dict[int, float] = {}

    def note(self, source_id: int, report: Report) -> None:
        """Learn from a report: trouble makes the source rest, an answer ends that."""
        trouble = report.trouble
        if trouble is not None:
            self._failures[source_id] = self._failures.get(source_id, 0) + 1
            jitter = random.random()  # noqa: S311 (spreads load, guards nothing)
            seconds = back_off_seconds(self._failures[source_id], trouble.retry_after_seconds, jitter)
            self._held_until[source_id] = time.monotonic() + seconds
        elif report.tries:
            self._failures.pop(source_id, None)
            self._held_until.pop(source_id, None)

    def is_held(self, source_id: int) -> bool:
        return self._held_until.get(source_id, 0.0) > time.monotonic()

    def is_failing(self, source_id: int) -> bool:
        """Whether the last answer was trouble, so that the next request is a probe."""
        return source_id in self._failures
