"""A row's type: turning a value into it.

| type    | takes                                                                              |
|---------|------------------------------------------------------------------------------------|
| auto    | anything, as it is                                                                 |
| string  | anything: numbers and booleans as JSON prints them, lists joined by ", "            |
| number  | numbers, and texts that can mean only one (`numbers.py`)                            |
| boolean | booleans, 1 and 0, and true, yes, on, 1, false, no, off, 0 in any case              |
| date    | what `dates.py` reads; yields ISO 8601 with zone                                   |
| list    | lists, a text that is a JSON list; anything else becomes a list of one              |
| json    | anything; a text is read as JSON                                                   |
| null    | anything; yields null                                                              |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal, NoReturn

from workflows.mapping.dates import print_iso, read_date
from workflows.mapping.numbers import read_number
from workflows.mapping.values import Fault, encode, find_fault, print_text

Type = Literal["auto", "string", "number", "boolean", "date", "list", "json", "null"]

_BOOLEANS = {
    "true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


def cast(value: object, to: str) -> object:
    """`value`, which is not empty and has no fault, as type `to`; a `Fault` where it cannot be that."""
    converted = CASTS[to](value)
    if type(converted) is Fault:
        return converted
    return find_fault(converted) or converted


def _to_number(value: object) -> object:
    if type(value) is int or type(value) is float:
        return value
    return read_number(value) if type(value) is str else Fault("not_a_number", {"value": encode(value)})


def _to_boolean(value: object) -> object:
    if type(value) is bool:
        return value
    is_plain = type(value) is str or type(value) is int
    found = _BOOLEANS.get(print_text(value).strip().lower()) if is_plain else None
    return Fault("not_a_boolean", {"value": print_text(value)}) if found is None else found


def _to_date(value: object) -> object:
    moment = read_date(value)
    return moment if isinstance(moment, Fault) else print_iso(moment)


def _to_list(value: object) -> object:
    if type(value) is list:
        return value
    if type(value) is str and value.lstrip().startswith("["):
        found = _to_json(value)
        if type(found) is list:
            return found
    return [value]


def _to_json(value: object) -> object:
    if type(value) is not str:
        return value
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # RecursionError: ten thousand brackets
        return Fault("not_json_text", {"value": value})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


CASTS: dict[str, Callable[[object], object]] = {
    "auto": lambda value: value,
    "string": print_text,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
    "list": _to_list,
    "json": _to_json,
    "null": lambda value: None,
}
TYPES: tuple[str, ...] = tuple(CASTS)
