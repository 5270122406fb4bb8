"""The rows as the form posts them, in page order: `row-N-key`, `-value`, `-type`, `-if` and `-default`.

N is any number and only names a row: removing one leaves a gap, and what is beside it keeps its name, its
focus and its ids. A setting that is not posted is as ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString

from workflows.mapping.definition import Definition, Row
from workflows.mapping.problems import Problem
from workflows.wizard.row_lines import RowLine
from workflows.wizard.row_options import row_labels, rule_options, type_options

MAX_ROWS = 500
_NAME = re.compile(r"row-(\d{1,9})-(key|value|type|if|default)")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of the form; `problems` are those found without a submission, `result` what the sample yields.

    A type or rule that there is not is kept: the mapping language says that it is wrong.
    """

    number: int
    key: str = ""
    value: str = ""
    type: str = "auto"
    if_invalid: str = "leave_out"
    default: str = ""
    problems: tuple[Problem, ...] = ()
    result: RowLine | None = None
    has_focus: bool = False

    @classmethod
    def from_row(cls, number: int, row: Row) -> FormRow:
        return cls(number, row.key, row.value, row.type, row.if_invalid, row.default)

    def to_row(self) -> Row:
        """The row as the builder takes it and the draft stores it."""
        return Row(self.key, self.value, self.type, self.if_invalid, self.default)

    @property
    def name(self) -> str:
        """What its ids and names on the page begin with."""
        return f"row-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        """What screen readers call the row's parts."""
        return row_labels(self.number)

    @property
    def type_options(self) -> SafeString:
        return type_options(self.type)

    @property
    def rule_options(self) -> SafeString:
        return rule_options(self.if_invalid)

    @property
    def is_blank(self) -> bool:
        return not (self.key.strip() or self.value.strip() or self.default.strip())

    @property
    def is_invalid(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)


def read_rows(data: Mapping[str, Any]) -> tuple[FormRow, ...]:
    """The posted rows, blank ones too, in the order they stand on the page."""
    found: dict[int, dict[str, str]] = {}
    for name in data:
        if name[:4] == "row-" and (match := _NAME.fullmatch(name)):
            found.setdefault(int(match[1]), {})[match[2]] = str(data[name])
    return tuple(
        FormRow(
            number,
            row.get("key", ""),
            row.get("value", ""),
            row.get("type") or "auto",
            row.get("if") or "leave_out",
            row.get("default", ""),
        )
        for number, row in found.items()
    )


def number_rows(rows: Iterable[Row]) -> tuple[FormRow, ...]:
    """The draft's rows, numbered from 1."""
    return tuple(FormRow.from_row(number, row) for number, row in enumerate(rows, start=1))


def rows_to_store(rows: Iterable[FormRow]) -> list[dict[str, str]]:
    """The draft's column: rows with nothing in them are dropped."""
    return [row.to_row().to_json() for row in rows if not row.is_blank]


def rows_to_map(rows: Iterable[FormRow]) -> tuple[Row, ...]:
    """The rows as the builder takes them, one for one, so that its "row-N" is the N-th of these."""
    return tuple(row.to_row() for row in rows)


def next_number(rows: Iterable[FormRow]) -> int:
    """A number that no row on the page has."""
    return max((row.number for row in rows), default=0) + 1


def with_findings(
    rows: Sequence[FormRow], problems: Iterable[Problem], results: Sequence[RowLine]
) -> tuple[FormRow, ...]:
    """`rows`, each with its own problems and what it yields."""
    by_index: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.row_index is not None:
            by_index.setdefault(problem.row_index, []).append(problem)
    return tuple(
        replace(row, problems=tuple(by_index.get(index, ())), result=result)
        for index, (row, result) in enumerate(zip(rows, results, strict=True))
    )


def has_content(definition: Definition) -> bool:
    """Whether anything is mapped yet: before that, nothing is wrong with the mapping either."""
    ids = definition.user_id.strip() or definition.anonymous_id.strip() or definition.random_anonymous_id
    extras = definition.timestamp.strip() or definition.context or definition.integrations
    return bool(ids or extras) or any(row.key.strip() or row.value.strip() for row in definition.rows)
