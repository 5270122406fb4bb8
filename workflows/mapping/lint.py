"""Advice from Segment's spec on an event that could be sent as it is. Every finding is a warning or a hint.

Source: Segment's "Spec: Identify" (reserved traits), "Spec: Track" (reserved properties, event names) and
"Best practices for identifying users".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from workflows.mapping.casts import cast
from workflows.mapping.compile import EXAMPLE_EVENT_NAME
from workflows.mapping.dates import read_date
from workflows.mapping.definition import Definition, Row
from workflows.mapping.event import Built
from workflows.mapping.key_advice import check_keys, find_personal
from workflows.mapping.keys import KeyRefused, Path, parse_key, print_key
from workflows.mapping.pipes import parse_template
from workflows.mapping.problems import Fix, Problem, shorten
from workflows.mapping.reserved import ADDRESSES, DATES, RESERVED
from workflows.mapping.values import Fault, encode, name_type, replace_surrogates_in_text

_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CURRENCY = re.compile(r"[A-Z]{3}")

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|$)")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?:[/?#]\S*)?")
_URL = re.compile(r"https?://\S")
_SCALARS = ("string", "number", "boolean")


def lint(definition: Definition, built: Built) -> tuple[Problem, ...]:
    """What Segment's spec advises against in `built`, the event of `definition` for one submission."""
    return (
        *_check_ids(definition, built),
        *_check_name(definition),
        *_check_reserved(definition, built),
        *check_keys(built.compiled),
        *_check_integrations(definition),
    )


def _check_ids(definition: Definition, built: Built) -> Iterator[Problem]:
    user_id = built.event.get("userId", "")
    if len(user_id) <= _LONGEST_EMAIL and _EMAIL.fullmatch(user_id):
        single = parse_template(definition.user_id.strip(), "user_id").single
        hashed = {"value": _add_filters(definition.user_id, "trim | lower | sha256")}
        fix = Fix("set_value", hashed) if single else None
        yield Problem("email_user_id", "warning", "user_id", {"value": shorten(user_id)}, fix)
    for where, text in (("user_id", definition.user_id), ("anonymous_id", definition.anonymous_id)):
        template = parse_template(text.strip(), where)
        if template.parts and not template.pipes and not template.problems:
            value = shorten(replace_surrogates_in_text(text.strip()))
            yield Problem("constant_id", "warning", where, {"value": value})


def _check_name(definition: Definition) -> Iterator[Problem]:
    name = replace_surrogates_in_text(definition.event_name).strip()
    is_styled = "_" not in name and all(word[0] == word[0].upper() for word in name.split())
    if definition.event_type == "track" and name and not is_styled:
        fix = Fix("set_event_name", {"name": _write_title(name)})
        yield Problem("event_name_style", "hint", "event_name", {"value": shorten(name)}, fix)
    if definition.event_type == "track" and (found := find_personal(name)):
        plain = " ".join(name.replace(found, " ").split())
        fix = Fix("set_event_name", {"name": plain or EXAMPLE_EVENT_NAME})
        yield Problem("personal_event_name", "warning", "event_name", {"value": shorten(found)}, fix)


def _write_title(name: str) -> str:
    return " ".join(word[0].upper() + word[1:] for word in name.replace("_", " ").split())


def _check_integrations(definition: Definition) -> Iterator[Problem]:
    for name, _on in definition.integrations:
        if name != "All" and name.strip().lower() == "all":
            yield Problem("integration_case", "warning", "integrations", {"name": name.strip()})


def _check_reserved(definition: Definition, built: Built) -> Iterator[Problem]:
    section = built.compiled.section
    seen: set[Path] = set()
    for row, source in zip(built.rows, definition.rows, strict=True):
        if row.status != "sent":
            continue
        for path in _find_reserved(row.key, RESERVED[section]):
            if path not in seen:
                seen.add(path)
                value = _look_up(built.event[section], path)
                problem = _check_value(path, value, RESERVED[section][path], row.where)
                if problem is not None:
                    yield replace(problem, fix=_find_fix(problem, source, value, path == parse_key(row.key)))


def _find_reserved(key: str, reserved: dict[Path, str]) -> list[Path]:
    try:
        path = parse_key(key)
    except KeyRefused:
        return []
    return [path[:length] for length in (1, 2) if length <= len(path) and path[:length] in reserved]


def _look_up(section: object, path: Path) -> object:
    for segment in path:
        section = section.get(segment) if isinstance(section, dict) else None
    return section


def _check_value(path: Path, value: object, expected: str, where: str) -> Problem | None:
    key = print_key(path)
    if name_type(value) != expected:
        params = {"key": key, "expected": expected, "type": name_type(value), "value": shorten(encode(value))}
        return Problem("reserved_type", "warning", where, params)
    quoted = {"key": key, "value": shorten(str(value))}
    if path == ("currency",) and not _CURRENCY.fullmatch(str(value)):
        return Problem("bad_currency", "warning", where, {"value": quoted["value"]})
    if path in DATES and not _ISO_DATE.match(str(value)):
        return Problem("reserved_date", "warning", where, quoted)
    if path in ADDRESSES and not _URL.match(str(value)):
        return Problem("reserved_url", "hint", where, quoted)
    if path == ("email",) and not (len(str(value)) <= _LONGEST_EMAIL and _EMAIL.fullmatch(str(value))):
        return Problem("reserved_email", "hint", where, quoted)
    return None


def _add_filters(text: str, filters: str) -> str:
    """`text`, which is one pipe, with further filters."""
    return f"{text.strip()[:-1].rstrip()} | {filters}}}"


def _find_fix(problem: Problem, row: Row, value: object, is_own: bool) -> Fix | None:
    """What mends `problem` with one click, when the value then fits; `is_own`: the row's key is reserved."""
    if not is_own or row.type != "auto":
        return None
    if problem.code == "reserved_date" and not isinstance(read_date(value), Fault):
        return Fix("set_type", {"type": "date"})
    if problem.code == "bad_currency" and _CURRENCY.fullmatch(str(value).strip().upper()):
        single = parse_template(row.value, "").single
        new = _add_filters(row.value, "trim | upper") if single else row.value.strip().upper()
        return Fix("set_value", {"value": new})
    if problem.code == "reserved_email" and _EMAIL.fullmatch(str(value).strip()):
        return Fix("set_value", {"value": _add_filters(row.value, "trim")})
    if problem.code == "reserved_url" and _HOST.fullmatch(str(value)):
        return Fix("set_value", {"value": f"https://{row.value.strip()}"})
    expected = str(problem.params.get("expected", ""))
    if problem.code == "reserved_type" and expected in ("number", "string"):
        fits = not isinstance(cast(value, expected), Fault) and name_type(value) in _SCALARS
        return Fix("set_type", {"type": expected}) if fits else None
    return None
