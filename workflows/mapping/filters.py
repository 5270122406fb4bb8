r"""The filters behind a bar: `${email | trim | lower}`.

A filter takes a JSON value and its checked arguments and yields a value or a `Fault`. It never raises,
depends on nothing else, and yields at most a whole event's size. An empty value passes every filter
unchanged, but for `default` and `or`, whose argument is the key of another answer. What works on texts works
on each entry of a list, and on what JSON prints for a number or boolean.

A new filter is one function in `filter_functions.py` and one entry of `FILTERS` here, its line in
`docs/mapping.md`, and its tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.mapping import filter_functions as functions
from workflows.mapping.filter_functions import on_text
from workflows.mapping.keys import APPEND, KeyRefused, parse_key
from workflows.mapping.parts import FilterCall
from workflows.mapping.php_dates import find_unknown_letter
from workflows.mapping.values import Fault, encode, find_fault, is_empty

MAX_ROUND_DIGITS = 15
_MAX_SLICE = 10**9

Arguments = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. `usage` is how it is written; `check` makes arguments of their texts, None if bad."""

    name: str
    usage: str
    help: Any  # a lazy translation
    check: Callable[[tuple[str, ...]], Arguments | None]
    apply: Callable[..., object]


def apply_filters(
    calls: tuple[FilterCall, ...], value: object, look_up: Callable[[str], object] = lambda key: None
) -> object:
    """What `value`, which has no fault, becomes; a `Fault` where a filter cannot take it.

    `look_up` yields the answer with a key, None for none.
    """
    for call in calls:
        if call.name == "or":
            value = look_up(str(call.arguments[0])) if is_empty(value) else value
        elif is_empty(value) and call.name != "default":
            continue
        else:
            value = FILTERS[call.name].apply(value, *call.arguments)
        fault = value if type(value) is Fault else find_fault(value)
        if fault is not None:
            return fault
    return value


def _none(texts: tuple[str, ...]) -> Arguments | None:
    return None if texts else ()


def _one(texts: tuple[str, ...]) -> Arguments | None:
    return texts if len(texts) == 1 else None


def _one_filled(texts: tuple[str, ...]) -> Arguments | None:
    return texts if len(texts) == 1 and texts[0] else None


def _old_and_new(texts: tuple[str, ...]) -> Arguments | None:
    return texts if len(texts) == 2 and texts[0] else None


def _pairs(texts: tuple[str, ...]) -> Arguments | None:
    return texts if len(texts) >= 2 else None


def _path(texts: tuple[str, ...]) -> Arguments | None:
    try:
        path = parse_key(texts[0]) if len(texts) == 1 else ()
    except KeyRefused:
        return None
    return path if path and APPEND not in path else None


def _format(texts: tuple[str, ...]) -> Arguments | None:
    return texts if len(texts) == 1 and texts[0] and not find_unknown_letter(texts[0]) else None


def _digits(texts: tuple[str, ...]) -> Arguments | None:
    numbers = _integers(texts, 0, MAX_ROUND_DIGITS)
    return numbers if numbers is not None and len(numbers) <= 1 else None


def _bounds(texts: tuple[str, ...]) -> Arguments | None:
    numbers = _integers(texts, -_MAX_SLICE, _MAX_SLICE)
    return numbers if numbers is not None and 1 <= len(numbers) <= 2 else None


def _integers(texts: tuple[str, ...], low: int, high: int) -> Arguments | None:
    if not all(re.fullmatch(r"-?[0-9]{1,10}", text) for text in texts):
        return None
    return tuple(map(int, texts)) if all(low <= int(text) <= high for text in texts) else None


_ALL = (
    Filter("trim", "trim", _("takes white space off both ends"), _none, on_text("trim", str.strip)),
    Filter("lower", "lower", _("makes all letters small"), _none, on_text("lower", str.lower)),
    Filter("upper", "upper", _("makes all letters capital"), _none, on_text("upper", str.upper)),
    Filter(
        "title",
        "title",
        _("makes each word’s first letter capital"),
        _none,
        on_text("title", functions.title_case),
    ),
    Filter("default", 'default:"text"', _("stands in for an empty value"), _one, functions.or_default),
    Filter(
        "or",
        "or:other_field",
        _("takes another field’s answer for an empty value"),
        _one_filled,
        lambda value, key: value,
    ),
    Filter(
        "sha256",
        "sha256",
        _("hashes the text, as hexadecimal digits"),
        _none,
        on_text("sha256", functions.hash_text),
    ),
    Filter(
        "replace",
        'replace:"old","new"',
        _("puts one text for another"),
        _old_and_new,
        on_text("replace", functions.replace_text),
    ),
    Filter(
        "recode",
        'recode:"1","Yes","2","No"',
        _("puts one text for each of some others; a last one by itself for all the rest"),
        _pairs,
        on_text("recode", functions.recode_text),
    ),
    Filter("split", 'split:","', _("makes a list of a text"), _one_filled, functions.split_text),
    Filter("join", 'join:", "', _("makes a text of a list"), _one, functions.join_list),
    Filter("number", "number", _("reads a number from a text"), _none, functions.to_number),
    Filter(
        "round",
        "round:2",
        _("rounds to so many decimals, none if not given"),
        _digits,
        functions.round_number,
    ),
    Filter(
        "date", 'date:"Y-m-d"', _("reads a date and prints it in a format"), _format, functions.format_date
    ),
    Filter(
        "slice",
        "slice:0,10",
        _("takes characters or entries from a place up to another"),
        _bounds,
        functions.cut,
    ),
    Filter(
        "get",
        'get:"items[0].name"',
        _("takes a part of an object or list, a name from each entry"),
        _path,
        functions.take,
    ),
    Filter("json", "json", _("prints the value as JSON text"), _none, lambda value: encode(value)),
)
FILTERS: dict[str, Filter] = {entry.name: entry for entry in _ALL}
