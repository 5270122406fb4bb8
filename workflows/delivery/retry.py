"""When to try again, and when to give up: pure functions of the answer, the count and the clock.

Exponential back-off with full jitter (a random share of the whole delay), as AWS's "Exponential Backoff And
Jitter" advises: what failed together does not come back together. The server's own hint wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from segment.tracking import Outcome

BASE_SECONDS = 1.0
CAP_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a delivery: a `DeliveryStatus`, and for "pending" when it is due again."""

    status: Literal["accepted", "rejected", "failed", "pending"]
    next_attempt_at: datetime | None = None


def decide(
    outcome: Outcome,
    attempt_count: int,
    retry_after_seconds: float | None,
    now: datetime,
    give_up_at: datetime | None,
    jitter: float,
) -> Decision:
    """Decide after try number `attempt_count` (from 1); `jitter` is a random number from 0 to 1.

    The last try by back-off is made at `give_up_at`. The server's hint is obeyed even when it reaches past
    that: then the try after it is the last one.
    """
    if outcome is Outcome.ACCEPTED:
        return Decision("accepted")
    if outcome is Outcome.REFUSED:
        return Decision("rejected")
    if give_up_at is not None and now >= give_up_at:
        return Decision("failed")
    next_attempt_at = now + timedelta(seconds=back_off_seconds(attempt_count, retry_after_seconds, jitter))
    if give_up_at is not None and not retry_after_seconds:
        next_attempt_at = min(next_attempt_at, give_up_at)
    return Decision("pending", next_attempt_at)


def back_off_seconds(failures: int, retry_after_seconds: float | None, jitter: float) -> float:
    """Seconds to wait after `failures` failures in a row (from 1).

    A hint of 0 seconds is no hint: a server that always gives it would be asked without a pause.
    """
    if retry_after_seconds:
        return retry_after_seconds
    exponent = min(max(failures, 1) - 1, 20)
    return jitter * min(CAP_SECONDS, BASE_SECONDS * 2.0**exponent)
