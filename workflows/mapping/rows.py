"""What one row yields for one submission."""

from __future__ import annotations

from dataclasses import replace

from workflows.mapping.compile_rows import CompiledRow
from workflows.mapping.fallbacks import make_problem, settle
from workflows.mapping.keys import print_key
from workflows.mapping.problems import Fix, Level, Problem
from workflows.mapping.reader import SubmissionReader
from workflows.mapping.values import Fault, is_simple


def read_rows(
    rows: tuple[CompiledRow, ...], reader: SubmissionReader, problems: list[Problem]
) -> list[object]:
    """Each row's value, what its rule made of it (`Settled`), or a `Fault`, told of in `problems`."""
    look_up = reader.answers.get
    values: list[object] = []
    for row in rows:
        if row.answer_key is not None:
            value = look_up(row.answer_key)
            if is_simple(value):
                values.append(value)  # nearly every value is this one
                continue
        values.append(_read_row(row, reader, problems) if row.path else None)
    return values


def _read_row(row: CompiledRow, reader: SubmissionReader, problems: list[Problem]) -> object:
    value = reader.read(row.template)
    fault = value if type(value) is Fault else None
    if not row.is_plain:
        value, fault = settle(value, row.type, row.if_invalid, row.default)
        fault = value if type(value) is Fault else fault
    if fault is not None:
        level = _find_level(row, fault, type(value) is Fault)
        problem = make_problem(fault, level, row.where, print_key(row.path))
        problems.append(replace(problem, fix=_find_fix(fault, row)))
    return value


def _find_fix(fault: Fault, row: CompiledRow) -> Fix | None:
    """For a question's labels where its numbers were asked for, the pipe to the labels."""
    if fault.code != "not_a_code" or row.template.single is None:
        return None
    pipe = row.template.single.text.replace("/SelectedChoicesRecode", "/ChoiceGroup/SelectedChoices", 1)
    return Fix("set_value", {"value": pipe})


def _find_level(row: CompiledRow, fault: Fault, is_lost: bool) -> Level:
    """An error stops the event; a hint tells that the row's rule stood in."""
    if not is_lost:
        return "hint"
    return "error" if row.if_invalid == "stop" or fault.code == "value_too_large" else "warning"
