"""JSON values: what is empty, what JSON cannot carry, and how a value reads inside a text.

Empty is: nothing (missing or null), a text without anything but white space, a list or an object without
entries. Inside a text (mixed with literals or further pipes) a text stands as it is, a number or boolean as
JSON prints it, a list as its entries joined by ", " (nulls left out), an object as compact JSON, and an empty
value as "".
"""

from __future__ import annotations

import json
import math
from typing import NamedTuple

from segment.limits import MAX_EVENT_BYTES

# Levels. Far past any form's answer, far from Python's recursion limit, which the JSON encoder runs into.
MAX_DEPTH = 64
# Python refuses to print integers of more than 4,300 digits.
MAX_DIGITS = 3_900
_MAX_INTEGER_BITS = math.floor(MAX_DIGITS * math.log2(10))

_SMALL = 2**53

_TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))

# Compact JSON text. Only for values without a fault (see `find_fault`).
encode = _ENCODER.encode


class Fault(NamedTuple):
    """Why a value cannot be sent: a `Problem`'s code and parameters, but for the key."""

    code: str
    params: dict[str, str | int]


def name_type(value: object) -> str:
    """The JSON type of `value`: null, boolean, number, string, array or object (else Python's name)."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


def is_empty(value: object) -> bool:
    """Whether `value` leaves its key out; the module says what is empty."""
    if type(value) is str:
        return not value or value.isspace()
    if type(value) is list or type(value) is dict:
        return not value
    return value is None


def is_simple(value: object) -> bool:
    """Whether `value` is of the kinds nearly every value is of, which never have a fault."""
    if type(value) is str:
        return len(value) <= MAX_EVENT_BYTES
    return type(value) is bool or (type(value) is int and -_SMALL < value < _SMALL)


def find_fault(value: object) -> Fault | None:
    """Why `value` cannot be in an event, or None. Without recursion; stops at a whole event's size."""
    if type(value) is str and len(value) <= MAX_EVENT_BYTES:
        return None  # nearly every value is this one
    if type(value) is not list and type(value) is not dict and type(value) is not str:
        return _find_own_fault(value)
    pending: list[tuple[object, int]] = [(value, 1)]
    size = 0
    while pending:
        node, depth = pending.pop()
        size += _measure(node)
        fault = _find_own_fault(node)
        if fault is None and size > MAX_EVENT_BYTES:
            fault = too_large(size)
        if fault is None and depth > MAX_DEPTH:
            fault = Fault("too_deep", {"limit": MAX_DEPTH})
        if fault is not None:
            return fault
        if type(node) is dict:
            pending.extend((child, depth + 1) for child in node.values())
        elif type(node) is list:
            pending.extend((child, depth + 1) for child in node)
    return None


def too_large(size: int) -> Fault:
    """The fault of a value of at least `size` bytes, which is past a whole event's limit."""
    return Fault("value_too_large", {"size": size, "limit": MAX_EVENT_BYTES})


def print_text(value: object) -> str:
    """`value` as it reads inside a text. Only for values without a fault."""
    if is_empty(value):
        return ""
    if type(value) is str:
        return value
    if type(value) is int or type(value) is float:
        return repr(value)  # as JSON prints it
    if type(value) is list:
        return ", ".join(item if type(item) is str else encode(item) for item in value if item is not None)
    return encode(value)


def replace_surrogates(value: object) -> object:
    """`value` with U+FFFD for every lone surrogate, which UTF-8 cannot carry. Not for deep values."""
    if type(value) is str:
        return replace_surrogates_in_text(value)
    if type(value) is list:
        return [replace_surrogates(item) for item in value]
    if type(value) is dict:
        return {replace_surrogates_in_text(key): replace_surrogates(item) for key, item in value.items()}
    return value


def replace_surrogates_in_text(text: str) -> str:
    """`text` with U+FFFD for every lone surrogate; the halves of a pair become their character."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _measure(node: object) -> int:
    # A lower bound of the node's bytes in JSON, without its children.
    if type(node) is str:
        return len(node)
    return sum(map(len, node)) if type(node) is dict and _has_text_keys(node) else 1


def _find_own_fault(node: object) -> Fault | None:
    kind = type(node)
    if kind not in _TYPE_NAMES or (type(node) is dict and not _has_text_keys(node)):
        return Fault("not_json", {"type": name_type(node)})
    if type(node) is float and not math.isfinite(node):
        return Fault("not_finite", {"value": repr(node)})
    if type(node) is int and node.bit_length() > _MAX_INTEGER_BITS:
        return Fault("number_too_long", {"limit": MAX_DIGITS})
    return None


def _has_text_keys(node: dict[object, object]) -> bool:
    return all(type(key) is str for key in node)
