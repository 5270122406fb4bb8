"""How many test events a person may send: ten in each minute of the clock.

The counts live in Django's cache, by default in the memory of each web process (one, unless WEB_PROCESSES
says more). A shared cache makes it one count.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time

from django.core.cache import cache

MAX_TRIALS = 10
WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """`remaining` test events after this one; `wait_seconds` is 0 when this one may be sent."""

    remaining: int
    wait_seconds: int


def take_trial(user_id: int) -> Allowance:
    """Count one test event of the person, and say whether it may be sent."""
    now = time()
    window, passed = divmod(now, WINDOW_SECONDS)
    key = f"test-events:{user_id}:{int(window)}"
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # a cache that is full threw it out in between
        count = 1
    wait_seconds = max(1, round(WINDOW_SECONDS - passed)) if count > MAX_TRIALS else 0
    return Allowance(max(0, MAX_TRIALS - count), wait_seconds)
