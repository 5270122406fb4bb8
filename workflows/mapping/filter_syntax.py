r"""Reading the filters of a pipe.

    filters  = filter *( "|" filter )
    filter   = name [ ":" argument *( "," argument ) ]
    argument = '"' any characters '"'  |  characters but , | " with outer white space ignored

Inside quotes `\"` is a quote and `\\` a backslash (`escapes.py`). An argument does not begin with a curly
quotation mark.
"""

from __future__ import annotations

import re
from functools import lru_cache

from workflows.mapping.escapes import unescape_pipe, unescape_quoted
from workflows.mapping.filters import FILTERS
from workflows.mapping.parts import FilterCall, PipeRefused
from workflows.mapping.problems import shorten

MAX_FILTERS = 20
_LEAST_SHARE = 0.3
# What word processors make of a quotation mark.
CURLY_QUOTES = "“”„‟«»‘’‚"

_FILTER = re.compile(r'(?:"(?:\\.|[^"\\])*+"|\\.|[^"|\\])*+')
_ARGUMENT = re.compile(r'\s*(?:"((?:\\.|[^"\\])*+)"|((?:\\.|[^",\\])*+))\s*(,|\Z)')


def parse_filters(text: str) -> tuple[FilterCall, ...]:
    """The filters in `text`, which stands behind a pipe's first bar. Raises `PipeRefused`."""
    calls = [_parse_filter(match) for match in _cut(text)]
    if len(calls) > MAX_FILTERS:
        raise PipeRefused("too_many_filters", limit=MAX_FILTERS)
    return tuple(calls)


def _cut(text: str) -> list[str]:
    pieces, start = [], 0
    while True:
        match = _FILTER.match(text, start)
        end = match.end() if match else start
        pieces.append(text[start:end])
        if end >= len(text) or text[end] != "|":
            return pieces
        start = end + 1


def _parse_filter(text: str) -> FilterCall:
    name, colon, rest = (part.strip() for part in text.partition(":"))
    if not name and not colon:
        raise PipeRefused("empty_filter")
    kind = FILTERS.get(name)
    if kind is None:
        raise PipeRefused("unknown_filter", filter=shorten(name), **_suggest(name))
    texts = _parse_arguments(rest) if colon else ()
    arguments = None if texts is None else kind.check(texts)
    if arguments is None:
        raise PipeRefused("bad_filter", filter=name, usage=kind.usage)
    return FilterCall(name, arguments)


def _parse_arguments(text: str) -> tuple[str, ...] | None:
    found: list[str] = []
    start = 0
    while match := _ARGUMENT.match(text, start):
        quoted, bare, comma = match.groups()
        if quoted is None and not bare.strip():
            return None
        if quoted is None and bare.strip()[0] in CURLY_QUOTES:
            raise PipeRefused("curly_quotes")
        found.append(unescape_pipe(bare.strip()) if quoted is None else unescape_quoted(quoted))
        if not comma:
            return tuple(found)
        start = match.end()
    return None


@lru_cache(maxsize=1_000)
def _suggest(name: str) -> dict[str, str]:
    """The filter most like `name`. By pairs of letters: a task may have thousands of unknown ones."""
    pairs = _pairs(name[:20].lower())
    shares = {known: len(pairs & theirs) / len(pairs | theirs) for known, theirs in _PAIRS.items()}
    best = max(shares, key=lambda known: shares[known])
    return {"suggestion": best} if shares[best] >= _LEAST_SHARE else {}


def _pairs(name: str) -> set[str]:
    return {name[index : index + 2] for index in range(max(1, len(name) - 1))}


_PAIRS = {name: _pairs(name) for name in FILTERS}
