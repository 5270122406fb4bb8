"""Holding pipes against the fields that the survey has, and writing the pipe for a field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace

from workflows.mapping.definition import Field
from workflows.mapping.pipes import MOST_PROBLEMS, Pipe, Template
from workflows.mapping.problems import Problem, shorten

# Looking for a similar name is slow: only for this many pipes of a task, and not for long names.
_MOST_SUGGESTIONS = 10
_LONGEST_SUGGESTED = 60

# What ends a pipe, what another form of pipe begins with, and what filters after a bar will need.
_SPECIAL = re.compile(r"[%{}|/\\\"'\x00-\x1f]|^\s|\s$")
_FAMILIES = {"question": "q://", "embedded": "e://Field/", "contact": "m://"}


class FieldChecker:
    """Finds pipes to fields that the survey lacks; without fields (None) it finds nothing."""

    def __init__(self, fields: Sequence[Field] | None) -> None:
        self._fields = fields
        self._by_key = {field.key: field for field in fields or ()}
        self._by_lower_key = {key.lower(): key for key in self._by_key}
        self._suggestions_left = _MOST_SUGGESTIONS

    def check(self, template: Template, where: str) -> Template:
        """`template` with the problems of its pipes added."""
        if self._fields is None:
            return template
        problems = list(template.problems)
        for pipe in template.pipes:
            if len(problems) >= MOST_PROBLEMS:
                break
            if problem := self._find_problem(pipe, where):
                problems.append(problem)
        return replace(template, problems=tuple(problems))

    def _find_problem(self, pipe: Pipe, where: str) -> Problem | None:
        if pipe.key is None:
            return None
        params: dict[str, str | int] = {
            "text": shorten(pipe.text),
            "position": pipe.position,
            "key": shorten(pipe.key),
        }
        field = self._by_key.get(pipe.key)
        if field is None:
            return None if pipe.is_response_id else self._refuse_unknown(pipe, where, params)
        if pipe.kind and pipe.kind != field.kind and not pipe.is_response_id:
            params["suggestion"] = write_pipe(field)
            return Problem("wrong_family", "error", where, params)
        return None

    def _refuse_unknown(self, pipe: Pipe, where: str, params: dict[str, str | int]) -> Problem:
        key = pipe.key or ""
        if self._suggestions_left and len(key) <= _LONGEST_SUGGESTED:
            self._suggestions_left -= 1
            if close := difflib.get_close_matches(key.lower(), self._by_lower_key, n=1):
                params["suggestion"] = shorten(self._by_lower_key[close[0]])
        return Problem("unknown_field", "warning" if pipe.has_default else "error", where, params)


def write_pipe(field: Field, is_ambiguous: bool = False) -> str:
    """`${key}`, or the form of the field's family where the key is ambiguous or has special characters."""
    is_plain = not is_ambiguous and "://" not in field.key and not _SPECIAL.search(field.key)
    family = "" if is_plain else _FAMILIES.get(field.kind, "")
    return "${" + family + _SPECIAL.sub(_percent_encode, field.key) + "}"


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
