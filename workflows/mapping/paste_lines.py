"""What a paste comes to: its rows, and what is wrong with it, both within limits."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.mapping.definition import Row
from workflows.mapping.problems import shorten

MAX_PASTED_ROWS = 500
MAX_PASTED_BYTES = 256 * 1024
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class PasteProblem:
    """Something that was not taken. `line` counts from 1; 0 for the text as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        """The message, with the line it is about."""
        told = {"line": self.line, "message": self.message}
        return _("Line %(line)s: %(message)s") % told if self.line else self.message


@dataclass(frozen=True, slots=True)
class Paste:
    """At most 500 rows, and at most 21 problems."""

    rows: tuple[Row, ...]
    problems: tuple[PasteProblem, ...]


class Pasted:
    """Collects a paste's rows and problems."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._problems: list[PasteProblem] = []
        self._hidden_count = 0
        self.is_full = False

    def add(self, line: int, row: Row) -> None:
        """Take `row`, of this line (0 when it has none), if it is not past the limit."""
        if len(self._rows) < MAX_PASTED_ROWS:
            self._rows.append(row)
            return
        self.is_full = True
        text = _(
            "From here on nothing is taken: at most %(limit)s fields can be pasted. Paste the rest by itself."
        )
        self._problems.append(PasteProblem(line, text % {"limit": MAX_PASTED_ROWS}))

    def refuse(self, line: int, text: Promise, **told: str | int) -> None:
        """Tell what is wrong with this line, with what `text` quotes; after twenty, only their number."""
        if len(self._problems) >= _MOST_PROBLEMS:
            self._hidden_count += 1
            return
        quoted = {name: shorten(value) if isinstance(value, str) else value for name, value in told.items()}
        self._problems.append(PasteProblem(line, str(text) % quoted))

    def finish(self) -> Paste:
        """What has come together."""
        if self._hidden_count:
            text = ngettext(
                "%(count)s more line is not right. Correct those above and paste again.",
                "%(count)s more lines are not right. Correct those above and paste again.",
                self._hidden_count,
            )
            self._problems.append(PasteProblem(0, text % {"count": self._hidden_count}))
        return Paste(tuple(self._rows), tuple(self._problems))
