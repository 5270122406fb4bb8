"""`python -m benchmarks.growth_probe`: times one thing after another in one installation, as it is told to.

Reads the name of a probe a line, answers with milliseconds a line. One process for each size of history lets
them take turns, so that what happens on the machine meanwhile happens to all.
"""

from __future__ import annotations

import logging
import sys
import time
import uuid
from collections.abc import Callable

import django

CLAIMED = 500
OWNER = "benchmark"
RETENTION_DAYS = 90


class Probes:
    """Each returns milliseconds; what puts things back is not counted."""

    def __init__(self) -> None:
        from django.test import Client

        from accounts.models import Brand, Source
        from tests import factories

        brand = Brand.objects.get()
        self._client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
        self._client.force_login(factories.make_user(brand, "admin"))
        self._source_id = Source.objects.order_by("pk").values_list("pk", flat=True)[0]
        self._next_id = uuid.UUID(int=0)

    def claim(self) -> float:
        """500 deliveries of one source."""
        from workflows.delivery import outbox

        begun = time.perf_counter()
        claimed = outbox.claim(OWNER, CLAIMED, [self._source_id])
        spent = time.perf_counter() - begun
        assert len(claimed) == CLAIMED, len(claimed)
        outbox.release(OWNER)
        return spent * 1000

    def run_page(self) -> float:
        return self._read("/runs/")

    def run_page_problem(self) -> float:
        return self._read("/runs/?status=problem")

    def retention(self) -> float:
        """A bite, for each submission it removed with its deliveries and attempts."""
        from workflows.retention.prune import prune_bite

        begun = time.perf_counter()
        bite = prune_bite(self._next_id, RETENTION_DAYS)
        spent = time.perf_counter() - begun
        assert bite.next_id is not None, "nothing old is left"
        self._next_id = bite.next_id
        return spent * 1000 / bite.removed.submissions

    def _read(self, path: str) -> float:
        begun = time.perf_counter()
        answer = self._client.get(path)
        spent = time.perf_counter() - begun
        assert answer.status_code == 200, answer.status_code
        assert b"Feedback to Segment" in answer.content
        return spent * 1000


def main() -> None:
    django.setup()
    logging.disable(logging.WARNING)
    probes = Probes()
    for line in sys.stdin:
        probe: Callable[[], float] = getattr(probes, line.strip())
        sys.stdout.write(f"{probe()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
