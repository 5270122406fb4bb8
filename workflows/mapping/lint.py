"""Advice from Segment's spec on an event that could be sent as it is. Every finding is a warning or a hint.

Source: Segment's "Spec: Identify" (reserved traits), "Spec: Track" (reserved properties, event names) and
"Best practices for identifying users".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflows.mapping.definition import Definition
from workflows.mapping.event import Built
from workflows.mapping.keys import KeyRefused, Path, parse_key
from workflows.mapping.pipes import parse_template
from workflows.mapping.problems import Problem, shorten
from workflows.mapping.values import encode, name_type, replace_surrogates_in_text

_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CURRENCY = re.compile(r"[A-Z]{3}")

_TEXTS = (
    "avatar birthday createdAt created_at description email firstName first_name gender id lastName "
    "last_name name phone title username website"
)
_ADDRESS_TEXTS = "city country postalCode postal_code state street"
_COMPANY_TEXTS = "name id industry plan"

_TRAITS: dict[Path, str] = {
    **{(name,): "string" for name in _TEXTS.split()},
    **{("address", name): "string" for name in _ADDRESS_TEXTS.split()},
    **{("company", name): "string" for name in _COMPANY_TEXTS.split()},
    ("age",): "number",
    ("address",): "object",
    ("company",): "object",
    ("company", "employee_count"): "number",
    ("company", "employeeCount"): "number",
}
_PROPERTIES: dict[Path, str] = {("revenue",): "number", ("value",): "number", ("currency",): "string"}
_RESERVED = {"traits": _TRAITS, "properties": _PROPERTIES}


def lint(definition: Definition, built: Built) -> tuple[Problem, ...]:
    """What Segment's spec advises against in `built`, the event of `definition` for one submission."""
    return (*_check_ids(definition, built), *_check_name(definition), *_check_reserved(built))


def _check_ids(definition: Definition, built: Built) -> Iterator[Problem]:
    user_id = built.event.get("userId", "")
    if len(user_id) <= _LONGEST_EMAIL and _EMAIL.fullmatch(user_id):
        yield Problem("email_user_id", "warning", "user_id", {"value": shorten(user_id)})
    for where, text in (("user_id", definition.user_id), ("anonymous_id", definition.anonymous_id)):
        template = parse_template(text.strip(), where)
        if template.parts and not template.pipes and not template.problems:
            value = shorten(replace_surrogates_in_text(text.strip()))
            yield Problem("constant_id", "warning", where, {"value": value})


def _check_name(definition: Definition) -> Iterator[Problem]:
    name = replace_surrogates_in_text(definition.event_name).strip()
    is_styled = "_" not in name and not any(word[0].islower() for word in name.split())
    if definition.event_type == "track" and name and not is_styled:
        yield Problem("event_name_style", "hint", "event_name", {"value": shorten(name)})


def _check_reserved(built: Built) -> Iterator[Problem]:
    section = built.compiled.section
    seen: set[Path] = set()
    for row in built.rows:
        if row.status != "sent":
            continue
        for path in _find_reserved(row.key, _RESERVED[section]):
            if path not in seen:
                seen.add(path)
                value = _look_up(built.event[section], path)
                yield from _check_value(path, value, _RESERVED[section][path], row.where)


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


def _check_value(path: Path, value: object, expected: str, where: str) -> Iterator[Problem]:
    key = ".".join(path)
    if name_type(value) != expected:
        params = {"key": key, "expected": expected, "type": name_type(value), "value": shorten(encode(value))}
        yield Problem("reserved_type", "warning", where, params)
    elif path == ("currency",) and not _CURRENCY.fullmatch(str(value)):
        yield Problem("bad_currency", "warning", where, {"value": shorten(str(value))})
