"""Reading dates from what forms send. An order of day and month that could be either is a fault, not a guess.

Read are: ISO 8601 (`2025-03-04`, `2025-03-04T05:06:07.089+01:00`, `20250304`), the year first (`2025/3/4`),
two numbers and a year (`31.3.2025`, `3/31/2025`, `04-04-2025`) where only one order is possible, English
month names (`4 March 2025`, `Mar 4, 2025`, `Tue, 04 Mar 2025 05:06:07 GMT`), each with an optional time
(`5:06`, `05:06:07`, `5:06 pm`) and zone (`Z`, `UTC`, `GMT`, `+0100`); and Unix times of
10 digits (seconds) or
13 (milliseconds). Without a zone it is UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from workflows.mapping.php_dates import MONTHS
from workflows.mapping.values import Fault, print_text

_LONGEST = 64  # characters
_MONTH_NAMES = {name[:length].lower(): number for number, name in enumerate(MONTHS, 1) for length in (3, 9)}
_MONTH_NAMES["sept"] = 9
_WEEKDAY = r"(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +)?"
_DATE = (
    r"(?P<y1>\d{4})(?P<s1>[-/.])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})"
    r"|(?P<y2>\d{4})(?P<m2>\d{2})(?P<d2>\d{2})"
    r"|(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?P=s2)(?P<y3>\d{4})"
    rf"|{_WEEKDAY}"
    r"(?P<d4>\d{1,2})(?:st|nd|rd|th)?[ -]+(?P<m4>[a-z]{3,9})\.?,?[ -]+(?P<y4>\d{4})"
    rf"|{_WEEKDAY}"
    r"(?P<m5>[a-z]{3,9})\.? +(?P<d5>\d{1,2})(?:st|nd|rd|th)?,? +(?P<y5>\d{4})"
)
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)? *(?P<half>[ap]m)?"
)
_ZONE = r"(?P<zone>z|utc|gmt|(?P<sign>[+-])(?P<zh>\d{2}):?(?P<zm>\d{2})?)"
_WHOLE = re.compile(rf"(?:{_DATE})(?:(?:t|,? +){_TIME} *{_ZONE}?)?", re.ASCII | re.IGNORECASE)
_UNIX = re.compile(r"[0-9]{10}(?:[0-9]{3})?")


def read_date(value: object) -> datetime | Fault:
    """The moment that a text or a number stands for, always with a zone. Never raises."""
    text = print_text(value).strip() if type(value) is str or type(value) is int else ""
    if 0 < len(text) <= _LONGEST:
        if _UNIX.fullmatch(text):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text.ljust(13, "0")))
        if match := _WHOLE.fullmatch(text):
            return _read_match(match, text)
    return Fault("not_a_date", {"value": print_text(value)})


def print_iso(moment: datetime) -> str:
    """ISO 8601 with zone; with milliseconds where there are any."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _read_match(match: re.Match[str], text: str) -> datetime | Fault:
    first, second = int(match["a"] or 0), int(match["b"] or 0)
    if first != second and max(first, second) <= 12:
        return Fault("ambiguous_date", {"value": text})
    try:
        year, month, day = _read_day(match)
        moment = datetime(year, month, day, *_read_time(match), tzinfo=_read_zone(match))
        moment.astimezone(UTC)
    except (
        ValueError,
        KeyError,
        OverflowError,
    ):  # the 31st of February, 25 o'clock, a day before year 1 in UTC
        return Fault("not_a_date", {"value": text})
    return moment


def _read_day(match: re.Match[str]) -> tuple[int, int, int]:
    if match["a"]:
        first, second = int(match["a"]), int(match["b"])
        month, day = (first, second) if second > 12 else (second, first)
        return int(match["y3"]), month, day
    for number in "12":
        if match[f"y{number}"]:
            return int(match[f"y{number}"]), int(match[f"m{number}"]), int(match[f"d{number}"])
    number = "4" if match["y4"] else "5"
    return int(match[f"y{number}"]), _MONTH_NAMES[match[f"m{number}"].lower()], int(match[f"d{number}"])


def _read_time(match: re.Match[str]) -> tuple[int, int, int, int]:
    hour = int(match["hour"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    microsecond = int((match["part"] or "").ljust(6, "0")[:6])
    return hour, int(match["minute"] or 0), int(match["second"] or 0), microsecond


def _read_zone(match: re.Match[str]) -> timezone:
    if not match["sign"]:
        return UTC
    minutes = int(match["zh"]) * 60 + int(match["zm"] or 0)
    return timezone(timedelta(minutes=-minutes if match["sign"] == "-" else minutes))
