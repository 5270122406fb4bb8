"""Advice on keys: their case, their number, and what should never be in one.

Source: Segment's "Spec: Track" (property keys in snake_case), "Spec: Identify" (both cases are understood,
and mixing them makes two traits in some destinations), its "Schema" page (300 traits or properties a source).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segment.limits import MAX_SCHEMA_PROPERTIES
from workflows.mapping.compile import Compiled
from workflows.mapping.compile_rows import CompiledRow
from workflows.mapping.keys import print_key
from workflows.mapping.problems import Fix, Problem, shorten

_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_CAMEL = re.compile(r"[a-z]+(?:[A-Z0-9][a-z0-9]*)*[A-Z][A-Za-z0-9]*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_LOOKED_AT = 300
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9](?:[ ()/.-]?[0-9]){7,}")


def find_personal(text: str) -> str:
    """What in `text` looks like an e-mail address or a telephone number, "" for nothing."""
    found = _EMAIL.search(text[:_LONGEST_LOOKED_AT]) or _PHONE.search(text[:_LONGEST_LOOKED_AT])
    return found.group() if found else ""


def check_keys(compiled: Compiled) -> Iterator[Problem]:
    """What is to be said about the rows' keys, whatever the submission."""
    rows = [row for row in compiled.rows if row.path]
    for row in rows:
        if found := find_personal(row.key):
            params = {"key": shorten(row.key), "value": shorten(found)}
            yield Problem("personal_key", "warning", row.where, params)
    yield from _check_case(rows, compiled.section)
    if len(rows) > MAX_SCHEMA_PROPERTIES:
        count = {"count": len(rows), "limit": MAX_SCHEMA_PROPERTIES}
        yield Problem("too_many_keys", "warning", "event", count)


def _check_case(rows: Sequence[CompiledRow], section: str) -> Iterator[Problem]:
    """For traits, the case fewer keys have; for properties, whatever is not snake_case."""
    snake = [row for row in rows if _has(row, _SNAKE)]
    camel = [row for row in rows if _has(row, _CAMEL)]
    if section == "properties":
        yield from (_advise("key_style", row) for row in camel)
    elif snake and camel:
        few, many = (snake, camel) if len(snake) < len(camel) else (camel, snake)
        example = {"other": shorten(many[0].key)}
        yield from (_advise("mixed_case", row, to_snake=many is snake, **example) for row in few)


def _has(row: CompiledRow, case: re.Pattern[str]) -> bool:
    return any(isinstance(step, str) and case.fullmatch(step) for step in row.path)


def _advise(code: str, row: CompiledRow, to_snake: bool = True, **params: str) -> Problem:
    write = _write_snake if to_snake else _write_camel
    key = print_key(tuple(write(step) if isinstance(step, str) else step for step in row.path))
    quoted: dict[str, str | int] = {"key": shorten(row.key), "suggestion": shorten(key), **params}
    return Problem(code, "hint", row.where, quoted, Fix("set_key", {"key": key}))


def _write_snake(name: str) -> str:
    return "_".join(_WORD.findall(name)).lower() if _CAMEL.fullmatch(name) else name


def _write_camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest) if _SNAKE.fullmatch(name) else name
