"""Sending a batch, and finding the event for which Segment refuses it.

Segment refuses a batch as a whole (400) for one event in it. A binary search sends halves until the guilty
event stands alone, and then in one request all that was set aside on the way: at most 15 requests for one
guilty event among 2,500. With several, what was set aside is searched again, part by part.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Batch, Claimed, Report, Try

# Refusals that concern the body. Another 4xx concerns the key or the address: halving finds nothing.
SPLITTABLE_STATUSES = frozenset({400, 413, 422})

# One batch's share of a sender's time. What is left then is given back and claimed anew; at least one guilty
# event was found by then, so this comes to an end.
MAX_REQUESTS = 64

Items = tuple[Claimed, ...]
Post = Callable[[list[bytes]], Answer]


def send_in_parts(batch: Batch, post: Post, should_stop: Callable[[], bool]) -> Report:
    """Send `batch` by `post`; stop early at trouble (retry, rate limit), MAX_REQUESTS or `should_stop`."""
    splitter = _Splitter(post, should_stop)
    try:
        splitter.settle(batch.items)
    except _StopSendingError:
        pass
    settled = {item.id for attempt in splitter.tries if attempt.is_final for item in attempt.items}
    untried = tuple(item for item in batch.items if item.id not in settled)
    return Report(batch, tuple(splitter.tries), untried)


class _StopSendingError(Exception):
    """Nothing more of this batch is to be sent now."""


class _Splitter:
    def __init__(self, post: Post, should_stop: Callable[[], bool]) -> None:
        self._post = post
        self._should_stop = should_stop
        self.tries: list[Try] = []

    def settle(self, items: Items) -> None:
        """Send `items`; if they are refused because of one, find it."""
        if self._send(items):
            self._search(items)

    def _search(self, suspects: Items) -> None:
        """Find a guilty event among `suspects`, which were refused together, and send the others."""
        aside: list[Items] = []
        alone: Items = ()
        while len(suspects) > 1:
            middle = len(suspects) // 2
            first, second = suspects[:middle], suspects[middle:]
            if self._is_refused(first):
                aside.insert(0, second)
                suspects = alone = first
            else:
                suspects = second
        if suspects is not alone:
            self._send(suspects)
        self._settle_aside(aside)

    def _settle_aside(self, aside: list[Items]) -> None:
        if len(aside) > 1 and not self._is_refused(tuple(item for part in aside for item in part)):
            return
        for part in aside:
            self.settle(part)

    def _send(self, items: Items) -> bool:
        """Whether `items` are to be searched: several of them, refused together for their content."""
        return self._is_refused(items) and len(items) > 1

    def _is_refused(self, items: Items) -> bool:
        if self._should_stop() or len(self.tries) >= MAX_REQUESTS:
            raise _StopSendingError
        started_at = datetime.now(UTC)
        answer = self._post([item.body for item in items])
        is_refused = answer.outcome is Outcome.REFUSED and answer.status in SPLITTABLE_STATUSES
        self.tries.append(Try(items, answer, started_at, not is_refused or len(items) == 1))
        if answer.outcome in {Outcome.RETRY, Outcome.RATE_LIMITED}:
            raise _StopSendingError
        return is_refused
