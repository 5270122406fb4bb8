from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.mapping.dates import print_iso, read_date
from workflows.mapping.php_dates import LETTERS, find_unknown_letter, print_date
from workflows.mapping.values import Fault

MOMENT = datetime(2024, 2, 29, 15, 4, 5, 678_900, tzinfo=timezone(timedelta(hours=5, minutes=45)))
# As PHP 8 prints it: (new DateTime("2024-02-29T15:04:05.678900+05:45"))->format(letter)
PRINTED = {
    "d": "29", "D": "Thu", "j": "29", "l": "Thursday", "N": "4", "S": "th", "w": "4", "z": "59",
    "W": "09", "F": "February", "m": "02", "M": "Feb", "n": "2", "t": "29", "L": "1", "o": "2024",
    "Y": "2024", "y": "24", "a": "pm", "A": "PM", "B": "429", "g": "3", "G": "15", "h": "03", "H": "15",
    "i": "04", "s": "05", "u": "678900", "v": "678", "e": "+05:45", "I": "0", "O": "+0545", "P": "+05:45",
    "p": "+05:45", "T": "+05:45", "Z": "20700", "c": "2024-02-29T15:04:05+05:45",
    "r": "Thu, 29 Feb 2024 15:04:05 +0545", "U": "1709198345",
}  # fmt: skip


def test_every_letter_prints_as_in_php() -> None:
    assert {letter: print_date(MOMENT, letter) for letter in LETTERS} == PRINTED
    assert str(int(MOMENT.timestamp())) == PRINTED["U"]


@pytest.mark.parametrize(
    ("day", "suffix"),
    [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (12, "th"), (13, "th"), (21, "st"), (31, "st")],
)
def test_ordinals(day: int, suffix: str) -> None:
    assert print_date(datetime(2025, 1, day, tzinfo=UTC), "S") == suffix


def test_midnight_noon_and_utc() -> None:
    midnight = datetime(2025, 1, 5, tzinfo=UTC)
    assert print_date(midnight, "g h G a N w e T p P") == "12 12 0 am 7 0 UTC UTC Z +00:00"
    assert print_date(midnight.replace(hour=12), "g a") == "12 pm"


def test_what_is_no_letter_stands_for_itself() -> None:
    assert print_date(MOMENT, r"Y\Y é 2%_\\") == "2024Y é 2%_\\"
    assert [find_unknown_letter(text) for text in ("Y-m-d", r"\Q", "Y Q", "é")] == ["", "", "Q", ""]


@given(
    st.datetimes(
        datetime(1, 1, 2),
        datetime(9999, 12, 30),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]),
    )
)
def test_printing_never_raises_and_iso_reads_back(moment: datetime) -> None:
    for letter in LETTERS:
        assert print_date(moment, letter)
    assert read_date(print_date(moment, "c")) == moment.replace(microsecond=0)
    milliseconds = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert read_date(print_iso(moment)) == milliseconds


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-3-4", "2025-03-04T00:00:00+00:00"),
        ("20250304", "2025-03-04T00:00:00+00:00"),
        ("2025/03/04 5:06", "2025-03-04T05:06:00+00:00"),
        ("2025-03-04T05:06:07Z", "2025-03-04T05:06:07+00:00"),
        ("2025-03-04T05:06:07,089-0330", "2025-03-04T05:06:07.089-03:30"),
        ("2025-03-04 05:06 +01", "2025-03-04T05:06:00+01:00"),
        ("2025-03-04 12:00 am", "2025-03-04T00:00:00+00:00"),
        ("04.04.2025", "2025-04-04T00:00:00+00:00"),
        ("13/4/2025", "2025-04-13T00:00:00+00:00"),
        ("4-13-2025", "2025-04-13T00:00:00+00:00"),
        ("Sept 1st, 2025", "2025-09-01T00:00:00+00:00"),
        ("1-May-2025", "2025-05-01T00:00:00+00:00"),
        ("Tuesday, 4 March 2025", "2025-03-04T00:00:00+00:00"),
        (" 1743379200 ", "2025-03-31T00:00:00+00:00"),
    ],
)
def test_dates_are_read(text: str, iso: str) -> None:
    moment = read_date(text)
    assert not isinstance(moment, Fault)
    assert print_iso(moment) == iso


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1/2/2025", "ambiguous_date"),
        ("12.11.2025 10:00", "ambiguous_date"),
        ("13/13/2025", "not_a_date"),
        ("1/2/25", "not_a_date"),
        ("2025-02-30", "not_a_date"),
        ("2025-13-01", "not_a_date"),
        ("0000-01-01", "not_a_date"),
        ("2025-01-01 25:00", "not_a_date"),
        ("2025-01-01 13:00 pm", "not_a_date"),
        ("2025-01-01T00:00+99:00", "not_a_date"),
        ("4 Foo 2025", "not_a_date"),
        ("someday 4 March 2025", "not_a_date"),
        ("2025-01/02", "not_a_date"),
        ("٢٠٢٥-01-01", "not_a_date"),
        ("9999-12-31T23:00-02:00", "not_a_date"),
        ("yesterday", "not_a_date"),
        ("9" * 10_000, "not_a_date"),
    ],
)
def test_what_is_no_date_or_could_be_two_is_said(text: str, code: str) -> None:
    done = read_date(text)
    assert isinstance(done, Fault)
    assert done.code == code
