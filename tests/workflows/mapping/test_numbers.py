from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.mapping.numbers import read_number
from workflows.mapping.values import Fault


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" -7 ", -7),
        ("+7", 7),
        ("−7", -7),
        ("007", 7),
        ("1.", 1.0),
        (".5", 0.5),
        ("1.234", 1.234),
        ("1E3", 1000.0),
        ("1,5", 1.5),
        (",5", 0.5),
        ("-0,125", -0.125),
        ("1234,567", 1234.567),
        ("1 234", 1234),
        ("1 234,5", 1234.5),
        ("1 234.567", 1234.567),
        ("1\u202f234\u202f567", 1234567),
        ("1’234.50", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("12,345,678", 12345678),
        ("12.345.678", 12345678),
    ],
)
def test_numbers_are_read(text: str, number: float) -> None:
    done = read_number(text)
    assert (done, type(done)) == (number, type(number))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234", "ambiguous_number"),
        ("-12,345", "ambiguous_number"),
        ("999,000", "ambiguous_number"),
        ("", "not_a_number"),
        ("1,2,3", "not_a_number"),
        ("1 23", "not_a_number"),
        ("1,23.4", "not_a_number"),
        ("12 €", "not_a_number"),
        ("50%", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("nan", "not_a_number"),
        ("٣", "not_a_number"),
        ("1e400", "not_finite"),
        ("9" * 4_000, "number_too_long"),
        ("9," * 10_000, "not_a_number"),
    ],
)
def test_what_is_no_number_or_could_be_two_is_said(text: str, code: str) -> None:
    done = read_number(text)
    assert isinstance(done, Fault)
    assert done.code == code


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_what_json_prints_is_read_back(number: float) -> None:
    assert read_number(repr(number)) == number


@given(st.text("0123456789.,' +-e\u00a0", max_size=12))
def test_reading_never_raises(text: str) -> None:
    assert isinstance(read_number(text), int | float | Fault)
