"""JSON as coloured HTML: what came in, what was built, and the preview all show their values with it.

The only place that marks text as safe HTML: every character of a value passes `escape` here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain, islice, repeat

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

MAX_CHARACTERS = 2_000  # of one string
MAX_VALUES = 4_000  # in all: a page stays readable, and a hostile submission cannot make it huge
MAX_DEPTH = 60


def json_to_html(value: object) -> SafeString:
    """`value` as indented JSON for `<pre class="json">`, its parts in spans of class k(ey), s, n, b.

    Never raises for what `json.loads` gives; of other objects it shows the text. Strings are cut after 2,000
    characters; values past the 4,000th or the 60th level are left out; each time a note says so.
    """
    printer = _Printer()
    printer.print(value, 0)
    return mark_safe("".join(printer.parts))  # noqa: S308 (each part is escaped below)


class _Printer:
    """One walk over one value; counts the values it has printed."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.count = 0

    def print(self, value: object, depth: int) -> None:
        if isinstance(value, (dict, list, tuple)) and value and depth >= MAX_DEPTH:
            self.parts.append(_note(_("deeper levels are not shown")))
        elif isinstance(value, dict):
            keys = [_span("k", _dump(str(key))) + ": " for key in islice(value, MAX_VALUES)]
            self._print_items("{}", chain(keys, repeat("")), list(value.values()), depth)
        elif isinstance(value, (list, tuple)):
            self._print_items("[]", repeat(""), value, depth)
        else:
            self.parts.append(_print_scalar(value))

    def _print_items(self, brackets: str, labels: Iterable[str], items: Sequence[object], depth: int) -> None:
        if not items:
            self.parts.append(brackets)
            return
        line = "\n" + "  " * (depth + 1)
        self.parts.append(brackets[0])
        for index, (label, item) in enumerate(zip(labels, items, strict=False)):
            if self.count >= MAX_VALUES:
                self.parts.append(
                    line + _note(_("%(count)s more are not shown") % {"count": len(items) - index})
                )
                break
            self.count += 1
            self.parts.append(line + label)
            self.print(item, depth + 1)
            self.parts.append("," if index < len(items) - 1 else "")
        self.parts.append("\n" + "  " * depth + brackets[1])


def _print_scalar(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return _span("b", json.dumps(value))
    if isinstance(value, (int, float)):
        return _span("n", json.dumps(value))
    text = str(value)
    if len(text) <= MAX_CHARACTERS:
        return _span("s", _dump(text))
    note = _note(_("cut: %(count)s characters in all") % {"count": len(text)})
    return f"{_span('s', _dump(text[:MAX_CHARACTERS]))} {note}"


def _dump(text: str) -> str:
    """`text` as a JSON string. Half a surrogate pair, which no page could carry, is written as its escape."""
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text, quote=False)}</span>'


def _note(text: str) -> str:
    return f'<span class="note">… {escape(text)}</span>'
