"""Rows out of the clipboard: two columns of a spreadsheet or CSV, or a JSON object.

Columns are a key, a value and perhaps a type, with a tab between them; where the text has no tab, a comma or
a semicolon. Quoted cells may hold line breaks, as Excel, LibreOffice and Google Sheets write them; a first
line of headings is skipped. Of a JSON object (`paste_json.py`), each leaf becomes a row. Nothing raises, and
whatever is not taken is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from workflows.mapping.casts import TYPES
from workflows.mapping.definition import Row
from workflows.mapping.paste_json import read_leaves
from workflows.mapping.paste_lines import MAX_PASTED_BYTES, MAX_PASTED_ROWS, Paste, Pasted, PasteProblem
from workflows.mapping.values import replace_surrogates_in_text

__all__ = ["MAX_PASTED_BYTES", "MAX_PASTED_ROWS", "Paste", "PasteProblem", "read_paste"]

_FIRST_DELIMITER = re.compile(r'^(?:"(?:[^"]|"")*+"|[^",;\n]*+)[ ]*+([,;])', re.MULTILINE)
_HEADINGS = frozenset({"key", "field", "trait", "property"})
_TYPES = {**{name: name for name in TYPES}, "text": "string"}

_BLANK_LINES = re.compile(r"(?:[^\S\n]*+\n)++")

_TOO_LONG = _("The text has more than %(limit)s KB. Paste it in parts.")
_NULL = _("A null character was left out. Check its value.")
_NO_KEY = _("“%(value)s” has no key. Put one into the first column.")
_ALONE = _("“%(key)s” stands alone. Put its value into a second column, behind a tab or a comma.")
_NOT_READ = _("“%(cell)s” is not read. Put nothing behind key and value but a type, one of %(names)s.")


class _Line(NamedTuple):
    """One line's cells; `value` is None where it has one column only."""

    number: int
    key: str
    value: str | None
    extras: tuple[str, ...]


def read_paste(text: str) -> Paste:
    """The rows that `text` stands for, in its order, and what is wrong with it, by its lines."""
    pasted = Pasted()
    clean = _clean(text, pasted)
    if len(clean) > MAX_PASTED_BYTES or len(clean.encode()) > MAX_PASTED_BYTES:
        pasted.refuse(0, _TOO_LONG, limit=MAX_PASTED_BYTES // 1024)
    elif not read_leaves(clean, pasted):
        for line in _list_lines(clean):
            _take_line(line, pasted)
            if pasted.is_full:
                break
    return pasted.finish()


def _clean(text: str, pasted: Pasted) -> str:
    clean = replace_surrogates_in_text(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in clean:
        line = clean.count("\n", 0, clean.index("\x00")) + 1
        pasted.refuse(line, _NULL)
        clean = clean.replace("\x00", "")
    return clean


def _list_lines(text: str) -> Iterator[_Line]:
    """The lines with anything on them, but for one of headings at the top."""
    first = _FIRST_DELIMITER.search(text)
    delimiter = "\t" if "\t" in text else first[1] if first else ","
    lines = (line for line in _split_lines(text, delimiter) if any((line.key, line.value, *line.extras)))
    for index, line in enumerate(lines):
        is_heading = line.key.lower() in _HEADINGS and (line.value or "").strip().lower() == "value"
        if index or not is_heading:
            yield line


def _split_lines(text: str, delimiter: str) -> Iterator[_Line]:
    quoted = rf'"(?P<quoted_%s>(?:[^"]|"")*+)"[ ]*+(?={delimiter}|\n|\Z)'
    record = re.compile(
        rf"[ ]*+(?:{quoted % 'key'}|(?P<key>[^{delimiter}\n]*+))"
        rf"(?:{delimiter}(?P<rest>[ ]*+(?:{quoted % 'value'}(?P<after>[^\n]*+)|[^\n]*+)))?+(?:\n|\Z)"
    )
    number, position = 1, 0
    while position < len(text):
        if blank := _BLANK_LINES.match(text, position):
            number += text.count("\n", position, blank.end())
            position = blank.end()
        match = record.match(text, position)
        if match is None:
            return
        yield _read_line(match, number, delimiter)
        number += text.count("\n", position, match.end())
        position = match.end()


def _read_line(match: re.Match[str], number: int, delimiter: str) -> _Line:
    key = _unquote(match["quoted_key"]) if match["key"] is None else match["key"]
    rest = match["rest"]
    value: str | None = rest
    extras: list[str] = []
    if match["quoted_value"] is not None:
        value, extras = _unquote(match["quoted_value"]), match["after"].split(delimiter)[1:]
    elif rest is not None and delimiter == "\t":
        value, *extras = rest.split("\t")
    elif rest is not None:
        before, found, last = rest.rpartition(delimiter)
        is_typed = found and _read_type(last) is not None
        value, extras = (before.strip(), [last]) if is_typed else (rest.strip(), [])
    return _Line(number, key.strip(), value, tuple(filter(None, map(str.strip, extras))))


def _unquote(text: str) -> str:
    return text.replace('""', '"')


def _read_type(cell: str) -> str | None:
    return _TYPES.get(cell.strip().strip('"').strip().lower())


def _take_line(line: _Line, pasted: Pasted) -> None:
    if not line.key:
        value = (line.value or "").strip() or "".join(line.extras[:1])
        if value:  # else the line is blank cells
            pasted.refuse(line.number, _NO_KEY, value=value)
        return
    if line.value is None:
        pasted.refuse(line.number, _ALONE, key=line.key)
        return
    row_type = _read_type(line.extras[0]) if line.extras else "auto"
    if row_type is None or len(line.extras) > 1:
        cell = line.extras[0 if row_type is None else 1]
        pasted.refuse(line.number, _NOT_READ, cell=cell, names=", ".join(TYPES))
    pasted.add(line.number, Row(line.key, line.value, row_type or "auto"))
