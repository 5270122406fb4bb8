"""Piped text: reading a mapping's text into literals and pipes.

    ${key}                                 any field of the survey (short form; outer white space is ignored)
    ${q://KEY}                             a question; also with /ChoiceTextEntryValue or
                                           /ChoiceGroup/SelectedChoices, as Qualtrics writes them
    ${e://Field/KEY}                       embedded data
    ${m://KEY}                             contact
    ${rm://Field/ResponseID}               the submission's id; ${e://Field/ResponseID} too, unless an answer
                                           has that name

A pipe ends at the first `}` and does not run over a line's end. In a family form, KEY is percent-decoded, as
in mappings copied from Qualtrics (`First%20Name`), so that every key can be written. `$` before anything but
`{` is itself. Whatever else looks like a pipe is a problem, never literal text and never silently empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from workflows.mapping.problems import Problem, shorten

RESPONSE_ID = "ResponseID"

# A row with a thousand bad pipes is mended a few at a time.
MOST_PROBLEMS = 10

_TOKEN = re.compile(r"\$\{(?P<body>[^}\r\n]*)(?P<end>\}?)|~\{ch://[^}\r\n]*\}?")
_FAMILY = re.compile(r"([A-Za-z][A-Za-z0-9]*)://(.*)")
_QUESTION_PARTS = ("", "ChoiceTextEntryValue", "ChoiceGroup/SelectedChoices")


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe. `kind` is the kind of field it wants, "" for any; `position` counts characters from 1.

    With `is_response_id`, it yields the submission's id, unless it has a `key` and that key an answer.
    """

    key: str | None
    text: str
    position: int
    kind: str = ""
    is_response_id: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A text, read. `single` is its pipe when there is nothing beside it but white space."""

    parts: tuple[str | Pipe, ...]
    pipes: tuple[Pipe, ...]
    single: Pipe | None
    problems: tuple[Problem, ...]


def has_pipe(text: str) -> bool:
    """Whether `text` has anything that would be a pipe, a broken one included."""
    return _TOKEN.search(text) is not None


def parse_template(text: str, where: str) -> Template:
    """Read `text`; its problems carry `where`. Never raises. At most ten problems are named."""
    parts: list[str | Pipe] = []
    problems: list[Problem] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        end = match.end()
        try:
            parts.append(_read_pipe(match))
        except _PipeRefused as refused:
            params = {"text": shorten(match.group()), "position": match.start() + 1, **refused.params}
            problems.append(Problem(refused.code, "error", where, params))
    if end < len(text):
        parts.append(text[end:])
    pipes = tuple(part for part in parts if isinstance(part, Pipe))
    is_alone = len(pipes) == 1 and all(part.isspace() for part in parts if isinstance(part, str))
    single = pipes[0] if is_alone else None
    return Template(tuple(parts), pipes, single, tuple(problems[:MOST_PROBLEMS]))


class _PipeRefused(ValueError):
    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _read_pipe(match: re.Match[str]) -> Pipe:
    body = match["body"]
    if body is None:
        raise _PipeRefused("task_output_pipe")
    if "${" in body:
        raise _PipeRefused("nested_pipe")
    if not match["end"]:
        raise _PipeRefused("unterminated_pipe")
    key = body.strip()
    if not key:
        raise _PipeRefused("empty_pipe")
    text, position = match.group(), match.start() + 1
    if family := _FAMILY.fullmatch(key):
        read = _FAMILIES.get(family[1])
        if read is None:
            raise _PipeRefused("unknown_family", family=shorten(family[1]))
        return read(family[2], text, position)
    return Pipe(key, text, position)


def _read_question(path: str, text: str, position: int) -> Pipe:
    key, slash, part = path.partition("/")
    if (slash and not part) or part not in _QUESTION_PARTS:
        raise _PipeRefused("unknown_pipe")
    return Pipe(_decode(key), text, position, "question")


def _read_embedded(path: str, text: str, position: int) -> Pipe:
    key = _decode(_after_field(path))
    return Pipe(key, text, position, "embedded", is_response_id=key == RESPONSE_ID)


def _read_contact(path: str, text: str, position: int) -> Pipe:
    return Pipe(_decode(path), text, position, "contact")


def _read_response(path: str, text: str, position: int) -> Pipe:
    if _after_field(path) != RESPONSE_ID:
        raise _PipeRefused("unknown_pipe")
    return Pipe(None, text, position, is_response_id=True)


def _after_field(path: str) -> str:
    if not path.startswith("Field/"):
        raise _PipeRefused("unknown_pipe")
    return path.removeprefix("Field/")


def _decode(key: str) -> str:
    if not key:
        raise _PipeRefused("unknown_pipe")
    return unquote(key)


# A new family is one line here, one reader above, a line in the module's grammar, and its examples.
_FAMILIES: dict[str, Callable[[str, str, int], Pipe]] = {
    "q": _read_question,
    "e": _read_embedded,
    "m": _read_contact,
    "rm": _read_response,
}
