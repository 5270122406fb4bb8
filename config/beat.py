"""Celery's beat, which by itself stands still for as long as the clock was put back."""

from __future__ import annotations

from typing import Any

from celery.beat import Scheduler

from workflows.delivery.clock import ClockWatch


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
