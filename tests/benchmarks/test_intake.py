"""When an intake figure counts: every 202 is a row, and the empty view is none of the product's."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from benchmarks.empty_urls import PATH
from benchmarks.intake import Load, make_median, require_kept
from benchmarks.programs import BenchError


def make_load(count: int, rate: float = 1.0) -> Load:
    return Load(count, rate, 2.0, 3.0)


@pytest.mark.parametrize("rows", [30, 31, 38])
def test_as_many_rows_as_requests_were_under_way_at_the_end_of_each_round_are_no_fault(rows: int) -> None:
    rounds = [make_load(10), make_load(20)]
    require_kept(rounds, rows, connections=4)
    with pytest.raises(BenchError, match=f"30 submissions were answered 202, but {rows + 9} are stored"):
        require_kept(rounds, rows + 9, connections=4)  # one more than could be under way


@pytest.mark.parametrize("rows", [0, 29, 39, 60])
def test_a_202_without_a_row_or_a_row_too_many_ends_the_measurement(rows: int) -> None:
    with pytest.raises(BenchError, match=f"30 submissions were answered 202, but {rows} are stored"):
        require_kept([make_load(10), make_load(20)], rows, connections=4)


def test_the_round_that_warms_up_does_not_count() -> None:
    rounds = [make_load(1, 900.0), make_load(2, 10.0), make_load(4, 30.0), make_load(3, 20.0)]
    assert make_median(rounds) == Load(3, 20.0, 2.0, 3.0)


@override_settings(MIDDLEWARE=[], ROOT_URLCONF="benchmarks.empty_urls")
def test_the_empty_view_answers_as_the_endpoint_does() -> None:
    response = Client().post(f"/{PATH}", {"email": "ada@example.com"}, content_type="application/json")
    assert (response.status_code, response.headers["Content-Type"]) == (202, "application/json")
    assert set(response.json()) == {"submission", "duplicate"}
