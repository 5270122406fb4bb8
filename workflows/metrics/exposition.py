"""Prometheus' text format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workflows.metrics.catalogue import COUNTED, PREFIX, Metric
from workflows.metrics.counts import SUM, Series, bucket_names

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def write_counted(totals: Mapping[Series, float]) -> str:
    """Every metric that is kept in the table, zeros included."""
    return "".join(
        _write_histogram(metric, totals) if metric.kind == "histogram" else _write_counter(metric, totals)
        for metric in COUNTED
    )


def write_metric(metric: Metric, samples: Iterable[tuple[str, float]]) -> str:
    """A counter or gauge; each sample is the value of its label ("" where it has none) and its number."""
    lines = (_write_sample(metric.name, metric.label, label, number) for label, number in samples)
    return _write_head(metric) + "".join(lines)


def _write_counter(metric: Metric, totals: Mapping[Series, float]) -> str:
    samples = dict.fromkeys(metric.values if metric.label else ("",), 0.0)
    samples |= {label: total for (name, label), total in sorted(totals.items()) if name == metric.name}
    return write_metric(metric, samples.items())


def _write_histogram(metric: Metric, totals: Mapping[Series, float]) -> str:
    """Buckets are kept apart and shown as Prometheus wants them: each with all that is below it."""
    count, lines = 0.0, [_write_head(metric)]
    for bucket in bucket_names(metric):
        count += totals.get((metric.name, bucket), 0.0)
        lines.append(_write_sample(f"{metric.name}_bucket", "le", bucket, count))
    lines.append(_write_sample(f"{metric.name}_sum", "", "", totals.get((metric.name, SUM), 0.0)))
    lines.append(_write_sample(f"{metric.name}_count", "", "", count))
    return "".join(lines)


def _write_head(metric: Metric) -> str:
    name = PREFIX + metric.name
    return f"# HELP {name} {metric.meaning}\n# TYPE {name} {metric.kind}\n"


def _write_sample(name: str, label_name: str, label: str, number: float) -> str:
    labels = f'{{{label_name}="{_escape(label)}"}}' if label_name else ""
    return f"{PREFIX}{name}{labels} {_write_number(number)}\n"


def _escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _write_number(number: float) -> str:
    return f"{float(number):.6f}".rstrip("0").rstrip(".")
