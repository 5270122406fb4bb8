"""What to write instead of a pipe that is wrong: texts to try, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from workflows.mapping.escapes import quote, unescape_pipe, unescape_quoted
from workflows.mapping.fields import FieldChecker
from workflows.mapping.filter_syntax import CURLY_QUOTES
from workflows.mapping.problems import Problem

_STRAIGHT = str.maketrans(dict.fromkeys(CURLY_QUOTES, '"'))
_FILTERS = re.compile(r"(?:\\.|[^|\\])*+(\|.*)?\}", re.DOTALL)
_ALTERNATE = re.compile(r'(\|\s*or\s*:\s*)(?:"((?:\\.|[^"\\])*+)"|((?:\\.|[^"|}\\])*+))')
_PARTS = re.compile(r"\$\{\s*(\w+://(?:Field/)?)([^/|}]*+)(.*)", re.DOTALL)


def propose(problem: Problem, text: str, checker: FieldChecker) -> Iterator[str]:
    """Texts to put in the place of `text`, which has `problem`. They may be wrong in turn."""
    if problem.code in ("looks_like_pipe", "looks_like_key"):
        yield from _replace_other_mark(problem, text)
    position = problem.params.get("position")
    if not isinstance(position, int):
        return
    before, after = text[: position - 1], text[position - 1 :]
    if change := _OPEN.get(problem.code):
        yield from (before + new for new in change(after))
        return
    pipe = _cut_pipe(after)
    if mend := _WHOLE.get(problem.code):
        yield from (before + new + after[len(pipe) :] for new in mend(pipe, problem, checker))


def _cut_pipe(text: str) -> str:
    """The pipe at the beginning of `text`, which ends at the first brace outside of quotes."""
    match = re.match(r'(?:\\.|"(?:\\.|[^"\\\n])*+"|[^}\\\n])*+\}', text)
    return match.group() if match else text


def _replace_other_mark(problem: Problem, text: str) -> Iterator[str]:
    mark, pipe = str(problem.params["text"]), str(problem.params["suggestion"])
    places = re.finditer(rf"(?<![\\${{]){re.escape(mark)}", text)
    yield from (text[: match.start()] + pipe + text[match.end() :] for match in places)


# What has no end: proposals for all that stands from the pipe's beginning on.


def _close(text: str) -> Iterator[str]:
    line, _feed, _rest = text.partition("\n")
    whole = line.rstrip()
    yield whole + "}" + text[len(whole) :]
    for match in re.finditer(r"(?<=\w)(?=[^\w|\s]|\s+[^|\s])", whole):
        yield whole[: match.start()] + "}" + text[match.start() :]


def _close_quote(text: str) -> Iterator[str]:
    brace = text.find("}")
    if brace >= 0:
        yield text[:brace].rstrip() + '"' + text[brace:]
    line = text.partition("\n")[0].rstrip()
    yield line + '"}' + text[len(line) :]


def _close_first(text: str) -> Iterator[str]:
    inner = text.index("${", 2)
    yield from (first + text[inner:] for first in _close(text[:inner]))


# What can be read as a pipe: proposals for it alone.

_Mend = Callable[[str, Problem, FieldChecker], Iterator[str]]


def _take_out(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    yield ""


def _small_family(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    yield re.sub(r"\w+(?=://)", lambda match: match[0].lower(), pipe, count=1)


def _complete(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    """The part of the path that is always the same, put in."""
    yield re.sub(r"(\{\s*(?:e|rm)://)(?:field/)?", r"\1Field/", pipe, count=1, flags=re.IGNORECASE)
    yield re.sub(r"(\{\s*gr://[^/|}]+)(?:/[^|}]*)?", r"\1/Score", pipe, count=1)
    yield re.sub(r"(\{\s*date://CurrentDate)/?(?=[\s|}])", r"\1/c", pipe, count=1)
    yield re.sub(r"(\{\s*rand://)(?=-?\d)", r"\1int/", pipe, count=1)


def _name_field(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    """The field that was meant, in the pipe's own form if it has one, or behind `or`."""
    written = checker.write_pipe(key) if (key := _find_meant(problem, checker)) else ""
    if not written:
        return
    if match := _PARTS.match(pipe):
        plain = re.sub(r"^\$\{(?:\w+://(?:Field/)?)?|\}$", "", written)
        yield "${" + match[1] + plain + match[3]
    yield written[:-1] + _keep_filters(pipe)
    for match in _ALTERNATE.finditer(pipe):
        if _read_alternate(match) == problem.params["key"]:
            yield pipe[: match.start()] + match[1] + _write_alternate(key) + pipe[match.end() :]


def _find_meant(problem: Problem, checker: FieldChecker) -> str:
    key = str(problem.params.get("key", ""))
    return key if problem.code == "wrong_family" else checker.find_like(key)


def _keep_filters(pipe: str) -> str:
    match = _FILTERS.fullmatch(pipe)
    return f" {match[1]}}}" if match and match[1] else "}"


def _read_alternate(match: re.Match[str]) -> str:
    return unescape_pipe(match[3].strip()) if match[2] is None else unescape_quoted(match[2])


def _write_alternate(key: str) -> str:
    return key if re.fullmatch(r"[\w-]+", key) else quote(key)


def _turn_range(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    yield re.sub(r"(-?\d+):(-?\d+)", r"\2:\1", pipe, count=1)


def _escape_letter(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    letter = str(problem.params["letter"])
    head, found, path = pipe.partition("CurrentDate/")
    yield head + found + re.sub(rf"(?<!\\){re.escape(letter)}", rf"\\{letter}", path, count=1)


def _straighten(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    yield pipe.translate(_STRAIGHT)


def _name_filter(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    if suggestion := problem.params.get("suggestion"):
        name = re.escape(str(problem.params["filter"]))
        yield re.sub(rf"(\|\s*){name}(?=\s*[:|}}])", rf"\g<1>{suggestion}", pipe, count=1)
        yield re.sub(rf"(\|\s*){name}(?=\s*[:|}}]):[^|}}]*", rf"\g<1>{suggestion}", pipe, count=1)


def _drop_bars(pipe: str, problem: Problem, checker: FieldChecker) -> Iterator[str]:
    yield re.sub(r"\s*(?:\|\s*)+\}$", "}", re.sub(r"\|(?:\s*\|)+", "|", pipe))


_OPEN: dict[str, Callable[[str], Iterator[str]]] = {
    "unterminated_pipe": _close,
    "unterminated_quote": _close_quote,
    "nested_pipe": _close_first,
}
_WHOLE: dict[str, _Mend] = {
    "task_output_pipe": _take_out,
    "unknown_family": _small_family,
    "unknown_pipe": _complete,
    "unknown_field": _name_field,
    "wrong_family": _name_field,
    "random_range": _turn_range,
    "unknown_date_letter": _escape_letter,
    "curly_quotes": _straighten,
    "unknown_filter": _name_filter,
    "empty_filter": _drop_bars,
}
