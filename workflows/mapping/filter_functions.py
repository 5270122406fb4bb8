"""What the filters do. Each takes any sound JSON value, yields a value or a `Fault`, never raises."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from segment.limits import MAX_EVENT_BYTES
from workflows.mapping.casts import cast
from workflows.mapping.dates import read_date
from workflows.mapping.numbers import read_number
from workflows.mapping.php_dates import print_date
from workflows.mapping.values import (
    Fault,
    encode,
    is_empty,
    print_text,
    replace_surrogates_in_text,
    too_large,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def on_text(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """`function` for a text, for each entry of a list, and for what a number or boolean prints."""

    def apply(value: object, *arguments: str | int) -> object:
        if type(value) is list:
            return _each(value, lambda item: apply(item, *arguments))
        if type(value) is dict:
            return _refuse(name, value)
        return function(print_text(value), *arguments)

    return apply


def _each(values: list[object], function: Callable[[object], object]) -> object:
    """`function` of each entry but nulls; the first `Fault`, if there is one, also for a list too long."""
    found: list[object] = []
    size = 0
    for value in values:
        done = value if value is None else function(value)
        if type(done) is Fault:
            return done
        size += len(done) if isinstance(done, str) else 1
        if size > MAX_EVENT_BYTES:
            return too_large(size)
        found.append(done)
    return found


def _refuse(name: str, value: object) -> Fault:
    return Fault("filter_input", {"filter": name, "value": encode(value)})


def title_case(text: str) -> str:
    return _WORD.sub(lambda match: match[0][0].upper() + match[0][1:].lower(), text)


def hash_text(text: str) -> str:
    return hashlib.sha256(replace_surrogates_in_text(text).encode()).hexdigest()


def replace_text(text: str, old: str, new: str) -> str | Fault:
    size = len(text) + text.count(old) * (len(new) - len(old))
    return too_large(size) if size > MAX_EVENT_BYTES else text.replace(old, new)


def recode_text(text: str, *pairs: str) -> str:
    """The text behind the one that `text` equals, else the last of an odd number, else `text`."""
    codes = dict(zip(pairs[::2], pairs[1::2], strict=False))
    return codes.get(text, pairs[-1] if len(pairs) % 2 else text)


def take(value: object, *path: str | int) -> object:
    """What stands at `path` in an object or list, or in a text that is one as JSON; None for nothing.

    A name is looked up in each object of a list.
    """
    found = cast(value, "json") if type(value) is str and value.lstrip()[:1] in ("{", "[") else value
    if type(found) is not dict and type(found) is not list:
        return found if type(found) is Fault else _refuse("get", value)
    for step in path:
        found = _take_step(found, step)
    return found


def _take_step(value: object, step: str | int) -> object:
    if type(value) is dict:
        return value.get(step)
    if type(value) is not list:
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) else None
    return [item[step] for item in value if type(item) is dict and item.get(step) is not None]


def split_text(value: object, separator: str) -> object:
    if type(value) is list or type(value) is dict:
        return value if type(value) is list else _refuse("split", value)
    return print_text(value).split(separator)


def join_list(value: object, separator: str) -> object:
    if type(value) is not list:
        return _refuse("join", value) if type(value) is dict else print_text(value)
    size = len(separator) * (len(value) - 1)
    if size > MAX_EVENT_BYTES:
        return too_large(size)
    return separator.join(print_text(item) for item in value if item is not None)


def to_number(value: object) -> object:
    if type(value) is list:
        return _each(value, to_number)
    if type(value) is int or type(value) is float:
        return value
    return read_number(value) if type(value) is str else Fault("not_a_number", {"value": encode(value)})


def round_number(value: object, digits: int = 0) -> object:
    """Halves away from zero, as people do it."""
    number = to_number(value)
    if type(number) is list:
        return _each(number, lambda item: round_number(item, digits))
    if type(number) is not float:
        return number
    with localcontext() as context:
        context.prec = 400  # any float's whole digits and MAX_ROUND_DIGITS more
        rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return float(rounded) if digits else int(rounded)


def format_date(value: object, date_format: str) -> object:
    if type(value) is list:
        return _each(value, lambda item: format_date(item, date_format))
    moment = read_date(value)
    return moment if isinstance(moment, Fault) else print_date(moment, date_format)


def cut(value: object, start: int, end: int | None = None) -> object:
    if type(value) is list:
        return value[start:end]
    return _refuse("slice", value) if type(value) is dict else print_text(value)[start:end]


def or_default(value: object, text: str) -> object:
    return text if is_empty(value) else value
