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
# Texts that are read once more, for all fixes of a task together.
_MOST_TRIES = 200

# What ends a pipe, what another form of pipe begins with, and what filters after a bar will need.
_SPECIAL = re.compile(r"[%{}|/\\\"'\x00-\x1f]|^\s|\s$")
_FAMILIES = {"question": "q://", "embedded": "e://Field/", "contact": "m://"}


class FieldChecker:
    """Finds pipes to fields that the survey lacks; without fields (None) it finds nothing.

    `tries_left` is how many more texts may be tried as fixes.
    """

    def __init__(self, fields: Sequence[Field] | None) -> None:
        self._fields = fields
        self._by_key: dict[str, list[Field]] = {}
        for field in fields or ():
            self._by_key.setdefault(field.key, []).append(field)
        self._by_lower_key = {key.lower(): key for key in self._by_key}
        self._like: dict[str, str] = {}
        self.tries_left = _MOST_TRIES

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

    def write_pipe(self, key: str) -> str:
        """The pipe for the survey's field `key`; "" where there is no such field."""
        fields = self._by_key.get(key, [])
        return write_pipe(fields[0], len(fields) > 1) if fields else ""

    def find_like(self, key: str) -> str:
        """The key of the field that is most like `key`, "" for none, and after too many questions."""
        if key in self._like:
            return self._like[key]
        if len(self._like) >= _MOST_SUGGESTIONS or len(key) > _LONGEST_SUGGESTED:
            return ""
        close = difflib.get_close_matches(key.lower(), self._by_lower_key, n=1)
        self._like[key] = self._by_lower_key[close[0]] if close else ""
        return self._like[key]

    def _find_problem(self, pipe: Pipe, where: str) -> Problem | None:
        """What is wrong with the pipe's own field, or with the first one that stands in for it."""
        keys = ([pipe.key] if pipe.key is not None and not pipe.is_response_id else []) + [*pipe.alternates]
        params: dict[str, str | int] = {"text": shorten(pipe.text), "position": pipe.position}
        unknown = next((key for key in keys if key not in self._by_key), None)
        if unknown is not None:
            params["key"] = shorten(unknown)
            if like := self.find_like(unknown):
                params["suggestion"] = shorten(like)
            return Problem("unknown_field", "warning" if pipe.has_default else "error", where, params)
        found = self._by_key.get(pipe.key or "", [])
        if pipe.kind and not pipe.is_response_id and pipe.kind not in [field.kind for field in found]:
            quoted = {"key": shorten(pipe.key or ""), "suggestion": self.write_pipe(pipe.key or "")}
            return Problem("wrong_family", "error", where, {**params, **quoted})
        return None


def write_pipe(field: Field, is_ambiguous: bool = False) -> str:
    """`${key}`, or the form of the field's family where the key is ambiguous or has special characters."""
    is_plain = not is_ambiguous and "://" not in field.key and not _SPECIAL.search(field.key)
    family = "" if is_plain else _FAMILIES.get(field.kind, "")
    return "${" + family + _SPECIAL.sub(_percent_encode, field.key) + "}"


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
