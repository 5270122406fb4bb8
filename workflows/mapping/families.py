"""The families of piped text: what stands before and after `://`, and what it reads.

A new family is one reader and one entry of `FAMILIES` here, its lines in `docs/mapping.md`, and its tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from workflows.mapping.parts import FilterCall, Pipe, PipeRefused
from workflows.mapping.php_dates import find_unknown_letter

RESPONSE_ID = "ResponseID"

_TEXT_PARTS = ("", "ChoiceTextEntryValue", "ChoiceGroup/SelectedChoices")
_RANGE = re.compile(r"int/(-?[0-9]{1,15}):(-?[0-9]{1,15})")
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class Head:
    """A pipe without its filters: `path` is what follows `://`, `where` and `position` its place."""

    path: str
    text: str
    position: int
    where: str
    filters: tuple[FilterCall, ...]


def _read_question(head: Head) -> Pipe:
    key, slash, part = head.path.partition("/")
    known = part in _TEXT_PARTS or part in ("SelectedChoicesRecode", "QuestionText")
    if (slash and not part) or not known:
        raise PipeRefused("unknown_pipe")
    pipe = _answer(head, key, "question")
    if part in _TEXT_PARTS:
        return pipe
    return replace(pipe, origin="label" if part == "QuestionText" else "code")


def _read_embedded(head: Head) -> Pipe:
    pipe = _answer(head, _after_field(head.path), "embedded")
    if pipe.key != RESPONSE_ID:
        return pipe
    return replace(pipe, is_response_id=True, origin="response_id")


def _read_contact(head: Head) -> Pipe:
    return _answer(head, head.path, "contact")


def _read_response(head: Head) -> Pipe:
    if _after_field(head.path) != RESPONSE_ID:
        raise PipeRefused("unknown_pipe")
    return Pipe(None, head.text, head.position, "", True, "response_id", filters=head.filters)


def _read_location(head: Head) -> Pipe:
    """The answer of the same name, such as City: there is no other source for where a respondent is."""
    if not _PLACE.fullmatch(head.path):
        raise PipeRefused("unknown_pipe")
    return _answer(head, head.path)


def _read_date(head: Head) -> Pipe:
    """The moment the submission was received, so that every try and the preview say the same."""
    which, _slash, encoded = head.path.partition("/")
    date_format = unquote(encoded)
    if which != "CurrentDate" or not date_format:
        raise PipeRefused("unknown_pipe")
    if letter := find_unknown_letter(date_format):
        raise PipeRefused("unknown_date_letter", letter=letter)
    return Pipe(None, head.text, head.position, "", False, "date", date_format, head.filters)


def _read_random(head: Head) -> Pipe:
    match = _RANGE.fullmatch(head.path)
    if match is None:
        raise PipeRefused("unknown_pipe")
    low, high = int(match[1]), int(match[2])
    if low > high:
        raise PipeRefused("random_range", low=low, high=high)
    argument = f"{low}:{high}:{head.where}:{head.position}"
    return Pipe(None, head.text, head.position, "", False, "random", argument, head.filters)


def _read_score(head: Head) -> Pipe:
    key, _slash, part = head.path.partition("/")
    if part != "Score":
        raise PipeRefused("unknown_pipe")
    return _answer(head, key)


def _answer(head: Head, key: str, kind: str = "") -> Pipe:
    return Pipe(_decode(key), head.text, head.position, kind, filters=head.filters)


def _after_field(path: str) -> str:
    if not path.startswith("Field/"):
        raise PipeRefused("unknown_pipe")
    return path.removeprefix("Field/")


def _decode(key: str) -> str:
    if not key:
        raise PipeRefused("unknown_pipe")
    return unquote(key)


FAMILIES: dict[str, Callable[[Head], Pipe]] = {
    "q": _read_question,
    "e": _read_embedded,
    "m": _read_contact,
    "rm": _read_response,
    "loc": _read_location,
    "date": _read_date,
    "rand": _read_random,
    "gr": _read_score,
}
