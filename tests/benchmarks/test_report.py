"""What a figure says, and when its target is met."""

from __future__ import annotations

import json

import pytest

from benchmarks.report import Figure, Goal, is_wanted, percentile


def test_a_figure_is_one_line_of_the_promised_keys() -> None:
    figure = Figure("latency.p99", 120.456, "ms", "bare POST, p99", 4.0, 250.0)
    assert json.loads(figure.to_json()) == {
        "name": "latency.p99",
        "value": 120.46,
        "unit": "ms",
        "compared_with": "bare POST, p99",
        "compared_value": 4.0,
        "ratio": 30.11,
        "target": 250.0,
        "met": True,
    }
    assert "\n" not in figure.to_json()


@pytest.mark.parametrize(
    ("goal", "target", "is_met"),
    [
        (Goal.VALUE_AT_MOST, 60.0, True),
        (Goal.VALUE_AT_MOST, 59.9, False),
        (Goal.RATIO_AT_MOST, 1.5, True),
        (Goal.RATIO_AT_MOST, 1.4, False),
        (Goal.RATIO_AT_LEAST, 1.5, True),
        (Goal.RATIO_AT_LEAST, 1.6, False),
        (Goal.NONE, None, None),
        (Goal.VALUE_AT_MOST, None, None),
    ],
)
def test_a_target_bounds_value_or_ratio(goal: Goal, target: float | None, is_met: bool | None) -> None:
    assert Figure("a", 60.0, "ms", "b", 40.0, target, goal).is_met is is_met


def test_a_figure_without_a_target_says_so() -> None:
    line = json.loads(Figure("a", 1.0, "ms", "b", 2.0, 3.0, Goal.NONE).to_json())
    assert (line["target"], line["met"]) == (None, None)


def test_nothing_to_compare_with_is_ratio_zero() -> None:
    assert Figure("a", 1.0, "ms", "b", 0.0).ratio == 0.0


@pytest.mark.parametrize(
    ("prefix", "is_asked_for"),
    [("", True), ("int", True), ("intake.sqlite_", True), ("intake.sqlite_64.p99", True), ("growth", False)],
)
def test_a_group_is_measured_when_the_prefix_asks_for_one_of_it(prefix: str, is_asked_for: bool) -> None:
    assert is_wanted(prefix, "intake.sqlite_") is is_asked_for


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_a_percentile_is_one_of_the_values(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert [percentile([7.0], share) for share in (0.0, 0.5, 0.99, 1.0)] == [7.0] * 4
