"""Counting without a write for each thing counted: summed up in memory, then added to the table at once.

What a transaction records is counted in that transaction (`write_counts`), hence exactly. What has none, such
as a refused request, goes to `TALLY`, which a web server's process writes every few seconds: killed, it loses
the last of them.
"""

from __future__ import annotations

import os
import socket
import threading
import zlib
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache

from django.db import connection

from workflows.metrics.catalogue import Metric
from workflows.models import MetricCount

SHARDS = 16
SUM = "sum"
INFINITE = "+Inf"

Series = tuple[str, str]  # a metric's name, and a label's value or a histogram's bucket


class Counts:
    """What is to be added to which series."""

    def __init__(self) -> None:
        self.values: dict[Series, float] = {}

    def __bool__(self) -> bool:
        return bool(self.values)

    def add(self, metric: Metric, label: str = "", count: float = 1) -> None:
        """Count `count` more of a counter."""
        series = (metric.name, label)
        self.values[series] = self.values.get(series, 0) + count

    def observe(self, metric: Metric, values: Iterable[float]) -> None:
        """Put values into a histogram's buckets."""
        total, bounds = 0.0, metric.bounds
        found = [0] * (len(bounds) + 1)
        for value in values:
            total += value
            found[bisect_left(bounds, value)] += 1
        for bucket, count in zip(bucket_names(metric), found, strict=True):
            if count:
                self.add(metric, bucket, count)
        if any(found):
            self.add(metric, SUM, total)

    def merge(self, other: Counts) -> None:
        for series, count in other.values.items():
            self.values[series] = self.values.get(series, 0) + count


@cache
def bucket_names(metric: Metric) -> tuple[str, ...]:
    """A histogram's buckets as they are labelled: "0.25", "10", and "+Inf" at the end."""
    return (*(f"{bound:g}" for bound in metric.bounds), INFINITE)


def write_counts(counts: Counts) -> None:
    """Add to the table, within the transaction that is open, if one is: in one statement, at its end.

    The rows come in one order always, so that two transactions never wait for each other in a circle.
    """
    if not counts:
        return
    table = connection.ops.quote_name(MetricCount._meta.db_table)
    shard = _find_shard()
    rows = [(*series, shard, float(count)) for series, count in sorted(counts.values.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, label, shard, value) VALUES "  # noqa: S608 (the table's own name)
            + ", ".join(["(%s, %s, %s, %s)"] * len(rows))
            + f" ON CONFLICT (name, label, shard) DO UPDATE SET value = {table}.value + excluded.value",
            [column for row in rows for column in row],
        )


def _find_shard() -> int:
    """SQLite has one writer at a time whatever its rows are; elsewhere a process rarely shares its row."""
    if connection.vendor == "sqlite":
        return 0
    return zlib.crc32(f"{socket.gethostname()} {os.getpid()}".encode()) % SHARDS


class Tally:
    """Counts of a process, kept by any of its threads until `flush`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    def add(self, metric: Metric, label: str = "", count: float = 1) -> None:
        with self._lock:
            self._counts.add(metric, label, count)

    def flush(self) -> None:
        """Write what was counted; what the database does not take now is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counts()
        try:
            write_counts(counts)
        except BaseException:
            with self._lock:
                self._counts.merge(counts)
            raise


TALLY = Tally()
