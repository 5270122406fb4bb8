"""A form knows only text: what its fields' types make of it, so that a pipe alone keeps a JSON type.

Whatever does not convert stays the text that was sent; so does the empty text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from workflows.intake.json_body import parse_value
from workflows.intake.refusals import Refused
from workflows.intake.sound import require_sound
from workflows.mapping.values import MAX_DIGITS

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BOOLEANS = {
    "true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False,
}  # fmt: skip


def apply_types(answers: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """`answers` with the texts of number, boolean and json fields converted, each entry of a list too.

    `types` is the type of each field by its key. Keys without a field keep their texts.
    """
    return {key: _convert(value, types.get(key, "")) for key, value in answers.items()}


def read_text(text: str, field_type: str) -> Any:
    """`text` as a value of `field_type`, or `text` itself."""
    converter = _CONVERTERS.get(field_type)
    return converter(text) if converter and text.strip() else text


def _convert(value: Any, field_type: str) -> Any:
    if isinstance(value, list):
        return [read_text(item, field_type) for item in value]
    return read_text(value, field_type)


def _read_number(text: str) -> Any:
    digits = text.strip()
    if _INTEGER.fullmatch(digits) and len(digits) <= MAX_DIGITS:
        return int(digits)
    if _DECIMAL.fullmatch(digits) and math.isfinite(number := float(digits)):
        return number
    return text


def _read_boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip().lower(), text)


def _read_json(text: str) -> Any:
    try:
        return require_sound({"": parse_value(text)})[""]
    except Refused:
        return text


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "number": _read_number,
    "boolean": _read_boolean,
    "json": _read_json,
}
