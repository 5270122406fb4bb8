"""What has been counted since the installation began, for /metrics: the record itself is pruned."""

from __future__ import annotations

from django.db import models


class MetricCount(models.Model):
    """A process's share of one series: the series' value is the sum over `shard`, and only ever grows.

    `name` is a metric of `workflows.metrics.catalogue`, `label` the value of its one label ("" for none); of
    a histogram, a bucket's upper bound or "sum". Shards keep processes from waiting for each other's commit.
    """

    name = models.CharField(max_length=60)
    label = models.CharField(max_length=60, blank=True)
    shard = models.PositiveSmallIntegerField()
    value = models.FloatField()  # whole numbers are exact up to 2 to the power of 53

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "label", "shard"], name="metric_count_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.label} {self.shard}".strip()
