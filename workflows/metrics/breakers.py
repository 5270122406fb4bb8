"""The circuit breakers for /metrics, which is open to everyone: few sources, by id, never by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone

from workflows.metrics.catalogue import BREAKER_FAILURES, BREAKERS
from workflows.metrics.exposition import write_metric
from workflows.models import Breaker, SourceState

SOURCES_SHOWN = 20
OTHER = "other"


def write_breakers(now: datetime | None = None) -> str:
    """Two metrics, in two queries of a table with a row for each source that ever was in trouble."""
    failing = SourceState.objects.filter(failures__gt=0)
    is_open = Q(held_until__gt=now or timezone.now())
    totals = failing.aggregate(all=Count("pk"), open=Count("pk", filter=is_open), failures=Sum("failures"))
    states = [(Breaker.OPEN, totals["open"]), (Breaker.HALF_OPEN, totals["all"] - totals["open"])]
    worst = failing.order_by("-failures", "pk").values_list("pk", "failures")[:SOURCES_SHOWN]
    return write_metric(BREAKERS, states) + write_metric(
        BREAKER_FAILURES, _with_the_rest(list(worst), totals["failures"] or 0)
    )


def _with_the_rest(worst: list[tuple[int, int]], failures: int) -> Iterable[tuple[str, float]]:
    yield from ((str(source_id), count) for source_id, count in worst)
    rest = failures - sum(count for _, count in worst)
    if rest > 0:
        yield OTHER, rest
