"""PHP's `date()` formats, as Qualtrics takes them: printing a moment.

Source: PHP manual, "DateTimeInterface::format". Names are English. Any character that is no ASCII letter
stands for itself, and so does a letter behind a backslash.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import datetime, timedelta

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_TOKEN = re.compile(r"\\(.)|(.)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1)


def find_unknown_letter(date_format: str) -> str:
    """The first letter of `date_format` that PHP does not know, "" for none."""
    for match in _TOKEN.finditer(date_format):
        letter = match[2]
        if letter and letter.isascii() and letter.isalpha() and letter not in LETTERS:
            return letter
    return ""


def print_date(moment: datetime, date_format: str) -> str:
    """`moment`, which has a zone, in `date_format`. Never raises."""
    texts = []
    for match in _TOKEN.finditer(date_format):
        printer = LETTERS.get(match[2]) if match[2] else None
        texts.append(printer(moment) if printer else match[1] or match[2])
    return "".join(texts)


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _print_offset(moment: datetime, colon: str = ":") -> str:
    seconds = int(_offset(moment).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{colon}{minutes:02}"


def _print_zone(moment: datetime) -> str:
    return _print_offset(moment) if _offset(moment) else "UTC"


def _print_suffix(moment: datetime) -> str:
    if 11 <= moment.day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _count_seconds(moment: datetime) -> int:
    # Not by timestamp(), which raises at the calendar's ends.
    return (moment.replace(tzinfo=None) - _EPOCH - _offset(moment)) // timedelta(seconds=1)


def _count_beats(moment: datetime) -> int:
    # Swatch beats: thousandths of a day in UTC+1.
    return (_count_seconds(moment) + 3600) % 86400 * 10 // 864


def _print_iso(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}{_print_offset(moment)}"


def _print_rfc(moment: datetime) -> str:
    day = f"{_DAYS[moment.weekday()][:3]}, {moment.day:02} {MONTHS[moment.month - 1][:3]}"
    return f"{day} {moment.year:04} {moment:%H:%M:%S} {_print_offset(moment, '')}"


LETTERS: dict[str, Callable[[datetime], str]] = {
    # Day
    "d": lambda moment: f"{moment.day:02}",
    "D": lambda moment: _DAYS[moment.weekday()][:3],
    "j": lambda moment: str(moment.day),
    "l": lambda moment: _DAYS[moment.weekday()],
    "N": lambda moment: str(moment.isoweekday()),
    "S": _print_suffix,
    "w": lambda moment: str(moment.isoweekday() % 7),
    "z": lambda moment: str(moment.timetuple().tm_yday - 1),
    # Week, month, year
    "W": lambda moment: f"{moment.isocalendar().week:02}",
    "F": lambda moment: MONTHS[moment.month - 1],
    "m": lambda moment: f"{moment.month:02}",
    "M": lambda moment: MONTHS[moment.month - 1][:3],
    "n": lambda moment: str(moment.month),
    "t": lambda moment: str(calendar.monthrange(moment.year, moment.month)[1]),
    "L": lambda moment: str(int(calendar.isleap(moment.year))),
    "o": lambda moment: f"{moment.isocalendar().year:04}",
    "Y": lambda moment: f"{moment.year:04}",
    "y": lambda moment: f"{moment.year % 100:02}",
    # Time
    "a": lambda moment: "am" if moment.hour < 12 else "pm",
    "A": lambda moment: "AM" if moment.hour < 12 else "PM",
    "B": lambda moment: f"{_count_beats(moment):03}",
    "g": lambda moment: str(moment.hour % 12 or 12),
    "G": lambda moment: str(moment.hour),
    "h": lambda moment: f"{moment.hour % 12 or 12:02}",
    "H": lambda moment: f"{moment.hour:02}",
    "i": lambda moment: f"{moment.minute:02}",
    "s": lambda moment: f"{moment.second:02}",
    "u": lambda moment: f"{moment.microsecond:06}",
    "v": lambda moment: f"{moment.microsecond // 1000:03}",
    # Zone
    "e": _print_zone,
    "I": lambda moment: "0",  # moments have offsets, which know no daylight saving time
    "O": lambda moment: _print_offset(moment, ""),
    "P": _print_offset,
    "p": lambda moment: _print_offset(moment) if _offset(moment) else "Z",
    "T": _print_zone,
    "Z": lambda moment: str(int(_offset(moment).total_seconds())),
    # The whole
    "c": lambda moment: f"{moment.year:04}-{moment.month:02}-{moment.day:02}T{_print_iso(moment)}",
    "r": _print_rfc,
    "U": lambda moment: str(_count_seconds(moment)),
}
