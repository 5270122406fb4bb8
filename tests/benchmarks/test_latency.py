"""When a submission's events count as arrived."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.latency import compare, read_arrivals
from benchmarks.programs import BenchError


def make_record(user_id: str, second: float, verdict: str = "accepted") -> dict[str, Any]:
    received_at = f"2026-01-02T03:04:{second:06.3f}Z"
    return {"verdict": verdict, "received_at": received_at, "event": {"userId": user_id}}


def test_the_last_event_of_a_submission_counts() -> None:
    records = [make_record("a", 2.5), make_record("a", 1.0), make_record("b", 3.0)]
    arrived = read_arrivals(records)
    assert {name: round(at % 60, 3) for name, at in arrived.items()} == {"a": 2.5, "b": 3.0}


@pytest.mark.parametrize("verdict", ["duplicate", "rejected"])
def test_an_event_that_is_not_accepted_ends_the_measurement(verdict: str) -> None:
    with pytest.raises(BenchError, match=f"an event was {verdict}"):
        read_arrivals([make_record("a", 1.0, verdict)])


def test_only_the_99th_percentile_is_judged() -> None:
    figures = list(compare([10.0] * 98 + [249.0, 900.0], [1.0] * 100))
    assert [(figure.name, figure.value, figure.is_met) for figure in figures] == [
        ("latency.p50", 10.0, None),
        ("latency.p99", 249.0, True),
        ("latency.max", 900.0, None),
    ]
