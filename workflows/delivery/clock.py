"""Notices when the machine's clock was put back: what is due by the clock would wait for it to catch up."""

from __future__ import annotations

import time

STEP_SECONDS = 5.0  # less is how clocks are kept right


class ClockWatch:
    def __init__(self) -> None:
        self._offset: float | None = None

    def has_gone_back(self) -> bool:
        """Whether the clock was put back since the last call. True at the first call: nobody knows."""
        offset = time.time() - time.monotonic()
        before, self._offset = self._offset, offset
        return before is None or offset < before - STEP_SECONDS
