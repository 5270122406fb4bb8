"""All of /metrics: what was counted, and how things stand now. Every query is bounded."""

from __future__ import annotations

from django.db.models import Sum

from workflows.delivery.backlog import backlog, workers
from workflows.metrics.breakers import write_breakers
from workflows.metrics.catalogue import (
    BACKLOG_OLDEST_SECONDS,
    BACKLOG_PENDING,
    BUILD_INFO,
    WORKER_ALIVE,
    WORKERS,
)
from workflows.metrics.counts import Series
from workflows.metrics.exposition import write_counted, write_metric
from workflows.models import MetricCount


def write_page(version: str) -> str:
    """The page as Prometheus reads it; raises `DatabaseError`."""
    seen, owed = workers(), backlog()
    return "".join(
        [
            write_metric(BUILD_INFO, [(version, 1)]),
            write_counted(read_totals()),
            write_metric(BACKLOG_PENDING, [("", owed.pending)]),
            write_metric(BACKLOG_OLDEST_SECONDS, [("", owed.oldest_seconds)]),
            write_breakers(),
            write_metric(WORKER_ALIVE, [("", seen.alive > 0)]),
            write_metric(WORKERS, seen.kinds.items()),
        ]
    )


def read_totals() -> dict[Series, float]:
    """Each series' total over all processes, of a table that stays small."""
    rows = MetricCount.objects.order_by().values_list("name", "label").annotate(total=Sum("value"))
    return {(name, label): total for name, label, total in rows}
