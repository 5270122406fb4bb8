"""Reading numbers from texts. Separators that could mean two numbers are a fault, not a guess.

A point alone is the decimal point, as JSON and HTML's number fields send it. A comma alone is the decimal
comma, unless three digits follow it and one to three stand before: `1,234` is 1.234 to some, 1234 to others.
Spaces and apostrophes group digits. Of a point and a comma together, the last one is the decimal separator.
"""

from __future__ import annotations

import math
import re

from workflows.mapping.values import MAX_DIGITS, Fault

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPACE = " \u00a0\u202f\u2009'’"
_GROUPED = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<spaced>[0-9]{{1,3}}(?:(?P<space>[{_SPACE}])[0-9]{{3}})(?:(?P=space)[0-9]{{3}})*)"
    r"(?:[.,](?P<end1>[0-9]+))?"
    r"|(?P<commas>[0-9]{1,3}(?:,[0-9]{3})+)\.(?P<end2>[0-9]+)"
    r"|(?P<points>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<end3>[0-9]+)"
    r"|(?P<many>[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,}))"
    r"|(?P<whole>[0-9]*),(?P<end4>[0-9]+))"
)
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


def read_number(text: str) -> int | float | Fault:
    """The number that `text` stands for. Never raises."""
    stripped = text.strip().replace("−", "-")
    if _EITHER.fullmatch(stripped):
        return Fault("ambiguous_number", {"value": stripped})
    if not _PLAIN.fullmatch(stripped):
        match = _GROUPED.fullmatch(stripped) if len(stripped) <= MAX_DIGITS else None
        if match is None:
            return Fault("not_a_number", {"value": stripped})
        stripped = _plain(match)
    return _convert(stripped)


def _plain(match: re.Match[str]) -> str:
    whole = next(
        match[name] for name in ("spaced", "commas", "points", "many", "whole") if match[name] is not None
    )
    end = next((match[name] for name in ("end1", "end2", "end3", "end4") if match[name] is not None), "")
    digits = re.sub(r"[^0-9]", "", whole) or "0"
    return f"{match['sign']}{digits}.{end}" if end else f"{match['sign']}{digits}"


def _convert(text: str) -> int | float | Fault:
    if len(text) > MAX_DIGITS:
        return Fault("number_too_long", {"limit": MAX_DIGITS})
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else Fault("not_finite", {"value": repr(number)})
