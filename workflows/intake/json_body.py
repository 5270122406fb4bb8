"""JSON bodies: one object in UTF-8, a byte order mark tolerated, strict where Python's reader is lenient.

Duplicate keys: the last one counts, as with JavaScript. NaN, Infinity and numbers past a double's range are
not JSON and would not arrive in Segment.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused
from workflows.intake.sound import refuse_depth, require_sound
from workflows.mapping.values import MAX_DEPTH, MAX_DIGITS

# A string, or else one of the three words that Python takes for numbers.
_STRING_OR_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)', re.DOTALL)


def decode_json(body: bytes) -> dict[str, Any]:
    """The object in `body`; refused with line and column (both from 1) where it is not readable."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line, column = _find_place(body[: error.start].decode(errors="replace"))
        reason = _("a byte is not UTF-8")
        raise _unreadable(line, column, reason) from None
    return parse_object(text)


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`."""
    value = parse_value(text)
    if not isinstance(value, dict):
        message = _('Send one JSON object, such as {"email": "ada@example.com"}: other values have no keys.')
        raise Refused("not_an_object", message)
    if "\\u" not in text and text.count("[") + text.count("{") <= MAX_DEPTH:
        return value  # nothing in it can be unsound: this is nearly every submission
    return require_sound(value)


def parse_value(text: str) -> Any:
    """Any JSON value, not yet looked at for depth and odd characters."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _unreadable(error.lineno, error.colno, error.msg) from None
    except _NotANumber:
        found = next(match for match in _STRING_OR_WORD.finditer(text) if match[1])
        line, column = _find_place(text[: found.start()])
        raise _unreadable(line, column, _("NaN and Infinity are not JSON"), code="not_finite") from None
    except RecursionError:
        raise refuse_depth() from None


class _NotANumber(Exception):
    pass


def _refuse_word(word: str) -> float:
    raise _NotANumber


def _read_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        message = _("A number has more than %(limit)d digits. Send it as text.") % {"limit": MAX_DIGITS}
        raise Refused("number_too_long", message)
    return int(digits)


def _read_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        message = _("A number is past the range of JSON numbers (about 1.8e308). Send it as text.")
        raise Refused("not_finite", message)
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_word, parse_int=_read_integer, parse_float=_read_float)


def _find_place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unreadable(line: int, column: int, reason: str, code: str = "unreadable_body") -> Refused:
    message = _("Not readable as JSON at line %(line)d, column %(column)d: %(reason)s.") % {
        "line": line,
        "column": column,
        "reason": reason,
    }
    return Refused(code, message)
