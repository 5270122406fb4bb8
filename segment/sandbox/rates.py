"""A limit of requests a second, for each workspace on its own."""

from __future__ import annotations

import threading
import time


class RateLimiter:
    """Counts whole seconds, as simple limiters do; without a limit it lets everything pass."""

    def __init__(self, per_second: int | None = None) -> None:
        self._per_second = per_second
        self._lock = threading.Lock()
        self._second = 0
        self._counts: dict[str, int] = {}

    def take(self, key: str) -> int:
        """Count one request; 0 if it may pass, else the seconds to wait."""
        if self._per_second is None:
            return 0
        with self._lock:
            now = int(time.monotonic())
            if now != self._second:
                self._second, self._counts = now, {}
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return 0 if count <= self._per_second else 1
