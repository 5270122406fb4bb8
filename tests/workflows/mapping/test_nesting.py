from __future__ import annotations

import pytest

from tests.workflows.mapping.builders import build
from workflows.mapping.definition import Definition, Row


def traits(*rows: tuple[str, str], **answers: object) -> object:
    definition = Definition("identify", user_id="u", rows=tuple(Row(*row) for row in rows))
    built = build(definition, answers)
    assert built.problems == ()
    return built.event["traits"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a[2].x", "1"), ("a[0]", "2")], {"a": ["2", None, {"x": "1"}]}),
        ([("a[0][1]", "1"), ("a[0][0]", "2")], {"a": [["2", "1"]]}),
        ([("a[][]", "1"), ("a[][]", "2")], {"a": [["1", "2"]]}),
        ([("a[].b[]", "1"), ("a[].b[]", "2"), ("a[].c", "3")], {"a": [{"b": ["1", "2"], "c": "3"}]}),
        ([("x.a[].b.c", "1"), ("x.a[].b.d", "2")], {"x": {"a": [{"b": {"c": "1", "d": "2"}}]}}),
        ([("a[]", "1"), ("b[]", "2"), ("a[]", "3")], {"a": ["1", "3"], "b": ["2"]}),
        ([("a[99]", "1")], {"a": [None] * 99 + ["1"]}),
    ],
)
def test_arrays(rows: list[tuple[str, str]], expected: object) -> None:
    assert traits(*rows) == expected


def test_what_is_left_out_adds_no_entry_and_leaves_its_numbered_place_null() -> None:
    rows = [("a[]", "${x}"), ("a[]", "${y}"), ("b[0]", "${x}"), ("b[1]", "${y}"), ("b[2]", "${x}")]
    assert traits(*rows, y=7) == {"a": [7], "b": [None, 7]}
    assert traits(*rows) == {}
    assert traits(("n[].a", "${x}"), ("n[].b", "${y}"), y=7) == {"n": [{"b": 7}]}


def test_an_answers_own_list_is_not_touched() -> None:
    answer = [1, 2]
    assert traits(("a", "${x}"), ("b[]", "${x}"), x=answer) == {"a": [1, 2], "b": [[1, 2]]}
    assert answer == [1, 2]


def test_a_row_that_is_null_by_its_rule_adds_an_entry() -> None:
    row = Row("a[]", "${x}", if_invalid="null")
    definition = Definition("identify", user_id="u", rows=(row, row))
    assert build(definition).event["traits"] == {"a": [None, None]}
