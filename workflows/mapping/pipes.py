r"""Piped text: reading a mapping's text into literals and pipes. The whole grammar is in `docs/mapping.md`.

    text = *( literal | pipe )
    pipe = "${" head *( "|" filter ) "}"
    head = key | family "://" path

A pipe ends at the first `}` outside a filter's quotes and does not run over a line's end; its head ends at
the first bar. Backslashes are in `escapes.py`, families in `families.py`, filters in `filters.py`. In a
family form, keys are percent-decoded, as in mappings copied from Qualtrics (`First%20Name`). `$` before
anything but `{` is itself. Whatever else looks like a pipe is a problem, never literal text and never
silently empty. A pipe that cannot be read but has a `default` yields it, and its problem is a warning.
"""

from __future__ import annotations

import re

from workflows.mapping.escapes import unescape_literal, unescape_pipe
from workflows.mapping.families import FAMILIES, Head
from workflows.mapping.filter_syntax import parse_filters
from workflows.mapping.parts import FilterCall, Pipe, PipeRefused, Template
from workflows.mapping.problems import Problem, shorten

__all__ = ["MOST_PROBLEMS", "Pipe", "Template", "has_pipe", "parse_template"]

# A row with a thousand bad pipes is mended a few at a time.
MOST_PROBLEMS = 10
# What a default makes up for: the pipe is well written, but there is nothing that it could read.
UNREADABLE = frozenset({"unknown_family", "unknown_pipe", "task_output_pipe", "unknown_field"})

_BODY = r'(?:\\[^\r\n]|[^}|\\\r\n])*+(?:\|(?:"(?:\\[^\r\n]|[^"\\\r\n])*+"|\\[^\r\n]|[^"}\\\r\n])*+)?+'
_TOKEN = re.compile(
    rf"(?P<escaped>\\(?:\\|\$\{{|~\{{))|(?P<mark>\$\{{|~\{{ch://)(?P<body>{_BODY})(?P<end>\}}?)"
)
_HEAD = re.compile(r"(?:\\.|[^|\\])*+")
_FAMILY = re.compile(r"([A-Za-z][A-Za-z0-9]*)://(.*)")
_ESCAPED = re.compile(r"\\.")


def has_pipe(text: str) -> bool:
    """Whether `text` has anything that would be a pipe, a broken one included."""
    return any(match["mark"] for match in _TOKEN.finditer(text))


def parse_template(text: str, where: str) -> Template:
    """Read `text`; its problems carry `where`. Never raises. At most ten problems are named."""
    parts: list[str | Pipe] = []
    problems: list[Problem] = []
    start = 0
    for match in _TOKEN.finditer(text):
        if match["escaped"]:
            continue
        if len(problems) >= MOST_PROBLEMS and problems[-1].level == "error":
            break
        if match.start() > start:
            parts.append(unescape_literal(text[start : match.start()]))
        start = match.end()
        pipe = _read_or_refuse(match, text, where, problems)
        if pipe is not None:
            parts.append(pipe)
    if start < len(text):
        parts.append(unescape_literal(text[start:]))
    pipes = tuple(part for part in parts if isinstance(part, Pipe))
    is_alone = len(pipes) == 1 and all(part.isspace() for part in parts if isinstance(part, str))
    return Template(tuple(parts), pipes, pipes[0] if is_alone else None, tuple(problems[:MOST_PROBLEMS]))


def _read_or_refuse(match: re.Match[str], text: str, where: str, problems: list[Problem]) -> Pipe | None:
    filters: tuple[FilterCall, ...] = ()
    try:
        head, filters = _cut(match, text)
        return _read_head(match, head, where, filters)
    except PipeRefused as refused:
        pipe = Pipe(None, match.group(), match.start() + 1, origin="nothing", filters=filters)
        is_made_up_for = refused.code in UNREADABLE and pipe.has_default
        params = {"text": shorten(match.group()), "position": match.start() + 1, **refused.params}
        problems.append(Problem(refused.code, "warning" if is_made_up_for else "error", where, params))
        return pipe if refused.code in UNREADABLE else None


def _cut(match: re.Match[str], text: str) -> tuple[str, tuple[FilterCall, ...]]:
    """The pipe's head and its filters."""
    body = match["body"]
    if not match["end"]:
        raise PipeRefused(
            "unterminated_quote" if text[match.end() :].startswith('"') else "unterminated_pipe"
        )
    if "${" in _ESCAPED.sub("", body):
        raise PipeRefused("nested_pipe")
    found = _HEAD.match(body)
    head = found.group() if found else ""
    filters = parse_filters(body[len(head) + 1 :]) if len(head) < len(body) else ()
    return unescape_pipe(head.strip()), filters


def _read_head(match: re.Match[str], head: str, where: str, filters: tuple[FilterCall, ...]) -> Pipe:
    if match["mark"] != "${":
        raise PipeRefused("task_output_pipe")
    if not head:
        raise PipeRefused("empty_pipe")
    text, position = match.group(), match.start() + 1
    family = _FAMILY.fullmatch(head)
    if family is None:
        return Pipe(head, text, position, filters=filters)
    read = FAMILIES.get(family[1])
    if read is None:
        raise PipeRefused("unknown_family", family=shorten(family[1]))
    return read(Head(family[2], text, position, where, filters))
