"""The mapping's rows as the form posts them: `row-N-key` and `row-N-value`, N any number, in page order.

N only names a row: removing one leaves a gap, and what is beside it keeps its name, its focus and its ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from workflows.mapping.definition import Definition, Row
from workflows.mapping.problems import Problem

MAX_ROWS = 500
_NAME = re.compile(r"row-(\d{1,9})-(key|value)")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of the form; `problems` are those found without a submission."""

    number: int
    key: str = ""
    value: str = ""
    problems: tuple[Problem, ...] = ()
    has_focus: bool = False

    @property
    def name(self) -> str:
        """What its ids and names on the page begin with."""
        return f"row-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        """What screen readers call the row's parts."""
        number = {"n": self.number}
        return {
            "key": _("Key of field %(n)s") % number,
            "value": _("Value of field %(n)s") % number,
            "pipe": _("Insert piped text into the value of field %(n)s") % number,
            "remove": _("Remove field %(n)s") % number,
            "number": str(self.number),
        }

    @property
    def is_blank(self) -> bool:
        return not (self.key.strip() or self.value.strip())

    @property
    def is_invalid(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)


def read_rows(data: Mapping[str, Any]) -> tuple[FormRow, ...]:
    """The posted rows, blank ones too, in the order they stand on the page."""
    found: dict[int, dict[str, str]] = {}
    for name, value in data.items():
        if match := _NAME.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = str(value)
    return tuple(FormRow(number, row.get("key", ""), row.get("value", "")) for number, row in found.items())


def stored_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[FormRow, ...]:
    """The draft's rows, numbered from 1."""
    return tuple(
        FormRow(number, str(row.get("key", "")), str(row.get("value", "")))
        for number, row in enumerate(rows, start=1)
    )


def rows_to_store(rows: Iterable[FormRow]) -> list[dict[str, str]]:
    """The draft's column: rows with nothing in them are dropped."""
    return [{"key": row.key, "value": row.value} for row in rows if not row.is_blank]


def rows_to_map(rows: Iterable[FormRow]) -> tuple[Row, ...]:
    """The rows as the builder takes them, one for one, so that its "row-N" is the N-th of these."""
    return tuple(Row(row.key, row.value) for row in rows)


def next_number(rows: Iterable[FormRow]) -> int:
    """A number that no row on the page has."""
    return max((row.number for row in rows), default=0) + 1


def with_problems(rows: Sequence[FormRow], problems: Iterable[Problem]) -> tuple[FormRow, ...]:
    """`rows`, each with its own problems."""
    by_index: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.row_index is not None:
            by_index.setdefault(problem.row_index, []).append(problem)
    return tuple(
        FormRow(row.number, row.key, row.value, tuple(by_index.get(index, ())), row.has_focus)
        for index, row in enumerate(rows)
    )


def has_content(definition: Definition) -> bool:
    """Whether anything is mapped yet: before that, nothing is wrong with the mapping either."""
    ids = definition.user_id.strip() or definition.anonymous_id.strip() or definition.random_anonymous_id
    return bool(ids) or any(row.key.strip() or row.value.strip() for row in definition.rows)
