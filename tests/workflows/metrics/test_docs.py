from __future__ import annotations

import re
from pathlib import Path

from workflows.metrics import catalogue
from workflows.metrics.catalogue import Metric

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "operate.md").read_text()
METRICS = {metric.name: metric for metric in vars(catalogue).values() if isinstance(metric, Metric)}


def rows() -> list[tuple[str, str, str]]:
    """Names with their label, kind and meaning, from the guide's table of metrics."""
    section = GUIDE[GUIDE.index("### /metrics") : GUIDE.index("### What to be told of")]
    cells = re.findall(r"^\| (`.*?) \| (\w+) \| (.*) \|$", section, re.MULTILINE)
    return [
        (name, kind, meaning) for names, kind, meaning in cells for name in re.findall(r"`([^`]+)`", names)
    ]


def test_the_guide_lists_every_metric_with_its_kind_and_label() -> None:
    listed = {name: kind for name, kind, _ in rows()}
    assert listed == {
        f"{metric.name}{{{metric.label}}}" if metric.label else metric.name: metric.kind
        for metric in METRICS.values()
    }


def test_the_guide_names_every_known_label_value() -> None:
    meanings = {name.split("{")[0]: meaning for name, _, meaning in rows()}
    for metric in METRICS.values():
        assert [value for value in metric.values if f"`{value}`" not in meanings[metric.name]] == []


def test_the_guide_speaks_of_no_metric_that_there_is_not() -> None:
    used = set(re.findall(r"tributary_([a-z_]+)", GUIDE)) - {""}
    known = {*METRICS, *(f"{name}_bucket" for name in METRICS)}
    assert used - known == set()
