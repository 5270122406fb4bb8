"""Celery's beat, which by itself stands still for as long as the clock was put back."""

from __future__ import annotations

import logging
from typing import Any

from celery.beat import Scheduler, SchedulingError

from workflows.delivery.clock import ClockWatch

log = logging.getLogger(__name__)


class Beat(Scheduler):  # type: ignore[misc] # Celery has no types
    """What is due by the clock is reckoned anew when the clock has gone back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._clock = ClockWatch()
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if self._clock.has_gone_back():
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self.populate_heap()
        return float(super().tick(*args, **kwargs))

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """What the broker does not take is tried again next time; Celery would log two stacks for it."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            # Its text ends with the broker's words, which may quote its address.
            log.warning("workers not asked to %s: %s", entry.name, type(error.__context__ or error).__name__)
