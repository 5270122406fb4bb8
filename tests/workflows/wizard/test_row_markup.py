"""Rows that are put together quickly are what the template makes of them, to the letter."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from workflows.wizard.row_lines import RowLine
from workflows.wizard.row_markup import rows_markup
from workflows.wizard.rows import FormRow

HOSTILE = "\"><script>'{}{0}{key}&amp;\ue000key\ue001${a}"


def line(text: str, status: str = "sent") -> RowLine:
    return RowLine(3, "key", text, "string", status, was_cast=False, is_fallback=False, text=text)


@pytest.mark.parametrize(
    "row",
    [
        FormRow(3, result=line("", "blank")),
        FormRow(12, "a.b", "${name}", "number", "default", "0", result=line("9 · number")),
        FormRow(1_234_567, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, result=line(HOSTILE, HOSTILE)),
        FormRow(0),
    ],
)
def test_a_row_is_the_same_either_way(row: FormRow) -> None:
    assert rows_markup([row]) == render_to_string("wizard/_row.html", {"row": row})
