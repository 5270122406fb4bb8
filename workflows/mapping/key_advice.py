"""Advice on keys: their case, their number, and what should never be in one.

Source: Segment's "Spec: Track" (property keys in snake_case), "Spec: Identify" (both cases are understood,
and mixing them makes two traits in some destinations), its "Schema" page (300 traits or properties a source).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from segment.limits import MAX_SCHEMA_PROPERTIES
from workflows.mapping.compile import Compiled
from workflows.mapping.compile_rows import CompiledRow
from workflows.mapping.key_register import KeyRegister
from workflows.mapping.keys import KeyRefused, Path, parse_key, print_key
from workflows.mapping.problems import Fix, Problem, shorten
from workflows.mapping.reserved import OTHER_SPELLINGS, RESERVED

_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_CAMEL = re.compile(r"[a-z]+(?:[A-Z0-9][a-z0-9]*)*[A-Z][A-Za-z0-9]*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_LOOKED_AT = 300
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+\.[^@\s]+")
_NO_LETTER = re.compile(r"[\W_]+")
_PHONE = re.compile(r"\+?[0-9](?:[ ()/.-]?[0-9]){7,}")

_RESERVED_BY_LETTERS: dict[Path, Path] = {
    tuple(str(step).replace("_", "").lower() for step in path): path
    for names in RESERVED.values()
    for path in names
    if path not in OTHER_SPELLINGS
}


def find_personal(text: str) -> str:
    """What in `text` looks like an e-mail address or a telephone number, "" for nothing."""
    found = _EMAIL.search(text[:_LONGEST_LOOKED_AT]) or _PHONE.search(text[:_LONGEST_LOOKED_AT])
    return found.group() if found else ""


def check_keys(compiled: Compiled) -> Iterator[Problem]:
    """What is to be said about the rows' keys, whatever the submission."""
    rows = [row for row in compiled.rows if row.path]
    keys = _Keys(compiled.rows)
    for row in rows:
        if found := find_personal(row.key):
            params = {"key": shorten(row.key), "value": shorten(found)}
            fix = keys.rename(("email",) if "@" in found else ("phone",))
            yield Problem("personal_key", "warning", row.where, params, fix)
        elif spelled := _find_reserved(row.path, RESERVED[compiled.section]):
            params = {"key": shorten(row.key), "suggestion": print_key(spelled)}
            yield Problem("reserved_spelling", "warning", row.where, params, keys.rename(spelled))
    yield from _check_case(rows, compiled.section, keys)
    if len(rows) > MAX_SCHEMA_PROPERTIES:
        count = {"count": len(rows), "limit": MAX_SCHEMA_PROPERTIES}
        yield Problem("too_many_keys", "warning", "event", count)


class _Keys:
    """The keys that the rows have, those with errors too, so that no fix takes another row's."""

    def __init__(self, rows: Sequence[CompiledRow]) -> None:
        self._rows = rows

    @cached_property
    def _register(self) -> KeyRegister:
        register = KeyRegister()
        for row in self._rows:
            with suppress(KeyRefused):
                register.take(row.path or parse_key(row.key), 0)
        return register

    def rename(self, path: Path) -> Fix | None:
        """The fix that gives a row the key `path`; None when a row has it."""
        return None if self._register.find_clash(path) else Fix("set_key", {"key": print_key(path)})


def _find_reserved(path: Path, reserved: Mapping[Path, str]) -> Path | None:
    """The reserved name that `path` nearly is: Email, first-name, company.Name."""
    if path in reserved or len(path) > 2:
        return None
    found = _RESERVED_BY_LETTERS.get(_take_letters(path))
    return found if found in reserved else None


def _take_letters(path: Path) -> Path:
    return tuple(_NO_LETTER.sub("", step).lower() if isinstance(step, str) else step for step in path)


def _check_case(rows: Sequence[CompiledRow], section: str, keys: _Keys) -> Iterator[Problem]:
    """For traits, the case fewer keys have; for properties, whatever is not snake_case."""
    snake = [row for row in rows if _has(row, _SNAKE)]
    camel = [row for row in rows if _has(row, _CAMEL)]
    if section == "properties":
        yield from (_advise("key_style", row, keys) for row in camel)
    elif snake and camel:
        few, many = (snake, camel) if len(snake) < len(camel) else (camel, snake)
        example = {"other": shorten(many[0].key)}
        yield from (_advise("mixed_case", row, keys, to_snake=many is snake, **example) for row in few)


def _has(row: CompiledRow, case: re.Pattern[str]) -> bool:
    return any(isinstance(step, str) and case.fullmatch(step) for step in row.path)


def _advise(code: str, row: CompiledRow, keys: _Keys, to_snake: bool = True, **params: str) -> Problem:
    write = _write_snake if to_snake else _write_camel
    path = tuple(write(step) if isinstance(step, str) else step for step in row.path)
    quoted: dict[str, str | int] = {
        "key": shorten(row.key),
        "suggestion": shorten(print_key(path)),
        **params,
    }
    return Problem(code, "hint", row.where, quoted, keys.rename(path))


def _write_snake(name: str) -> str:
    return "_".join(_WORD.findall(name)).lower() if _CAMEL.fullmatch(name) else name


def _write_camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest) if _SNAKE.fullmatch(name) else name
