"""The Markdown table made of a run's lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.report import Figure, Goal
from benchmarks.table import BEGIN, END, format_number, format_row, insert, read_figures

INTAKE = Figure("intake.sqlite_64", 5012.4, "202s/s", "an empty view", 9000.0, 0.5, Goal.RATIO_AT_LEAST)
P99 = Figure("intake.sqlite_64.p99", 24.449, "ms", "an empty view", 12.0, goal=Goal.NONE)


def test_figures_are_found_among_other_output() -> None:
    lines = ["filled in 3 s", "{}", "[1]", "null", INTAKE.to_json(), '{"name": "x"}', P99.to_json(), ""]
    assert [figure["name"] for figure in read_figures(lines)] == ["intake.sqlite_64", "intake.sqlite_64.p99"]


def test_a_figure_measured_again_replaces_the_first() -> None:
    again = Figure("intake.sqlite_64", 1.0, "202s/s", "an empty view", 2.0)
    figures = read_figures([INTAKE.to_json(), P99.to_json(), again.to_json()])
    assert [(figure["name"], figure["value"]) for figure in figures] == [
        ("intake.sqlite_64", 1.0),
        ("intake.sqlite_64.p99", 24.45),
    ]


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        (INTAKE, "| `intake.sqlite_64` | 5,012 202s/s | an empty view | 9,000 | 0.56 | 0.5 | yes |"),
        (P99, "| `intake.sqlite_64.p99` | 24.4 ms | an empty view | 12.0 | 2.04 |  |  |"),
        (
            Figure("memory.load", 251.0, "MB", "an empty view", 80.0, 250.0),
            "| `memory.load` | 251 MB | an empty view | 80.0 | 3.14 | 250 | **no** |",
        ),
    ],
)
def test_a_row_says_whether_the_target_is_met(figure: Figure, row: str) -> None:
    assert format_row(read_figures([figure.to_json()])[0]) == row


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.5, "0.5"),
        (1.256, "1.26"),
        (10.0, "10.0"),
        (99.94, "99.9"),
        (100.0, "100"),
        (12345.6, "12,346"),
    ],
)
def test_numbers_keep_the_digits_that_mean_something(value: float, text: str) -> None:
    assert format_number(value) == text


def test_the_table_replaces_what_is_between_the_marks() -> None:
    text = f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n"
    assert insert(text, "new") == f"Before.\n{BEGIN}\nnew\n{END}\nAfter.\n"
    assert insert(insert(text, "new"), "newer") == insert(text, "newer")


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_file_without_marks_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        insert(text, "new")


def test_the_document_has_the_marks() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "a table" in insert(text, "a table")
