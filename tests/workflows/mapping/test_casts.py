from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import build, found, json_values
from workflows.mapping.casts import TYPES, cast
from workflows.mapping.definition import Definition, Row
from workflows.mapping.event import RowResult
from workflows.mapping.fallbacks import RULES
from workflows.mapping.values import Fault, encode, find_fault


def one_row(value: str, **settings: str) -> Definition:
    return Definition("identify", user_id="u", rows=(Row("key", value, **settings),))


@given(json_values, st.sampled_from(TYPES))
def test_a_cast_yields_sound_json_or_a_fault(value: object, to: str) -> None:
    if not find_fault(value):
        done = cast(value, to)
        assert isinstance(done, Fault) or encode(done) is not None


@pytest.mark.parametrize(
    ("to", "value", "expected"),
    [
        ("number", True, "not_a_number"),
        ("number", [1], "not_a_number"),
        ("number", "1e999", "not_finite"),
        ("number", "9" * 5000, "number_too_long"),
        ("boolean", 1, True),
        ("boolean", 2, "not_a_boolean"),
        ("boolean", " OFF ", False),
        ("boolean", [True], "not_a_boolean"),
        ("date", 12, "not_a_date"),
        ("date", 1743379200123, "2025-03-31T00:00:00.123+00:00"),
        ("date", True, "not_a_date"),
        ("date", ["2025-01-01"], "not_a_date"),
        ("list", {"a": 1}, [{"a": 1}]),
        ("list", "[1", ["[1"]),
        ("json", "NaN", "not_json_text"),
        ("json", "[" * 20_000, "not_json_text"),
        ("json", "1e999", "not_finite"),
        ("json", "[" * 100 + "]" * 100, "too_deep"),
        ("json", "9" * 5000, "not_json_text"),
        ("json", 7, 7),
        ("string", {"a": None}, '{"a":null}'),
    ],
)
def test_casts_beyond_the_documents(to: str, value: object, expected: object) -> None:
    done = cast(value, to)
    assert (done.code if isinstance(done, Fault) else done) == expected
    assert type(expected) is str or type(done) is type(expected)


@pytest.mark.parametrize(
    ("settings", "answer", "value", "status", "marks", "level"),
    [
        ({"type": "number"}, "7", 7, "sent", (True, False), None),
        ({"type": "number"}, 7, 7, "sent", (False, False), None),
        ({"type": "number"}, "x", None, "failed", (False, False), "warning"),
        ({"type": "number"}, "", "", "left_out", (False, False), None),
        ({"type": "null"}, "x", None, "sent", (True, False), None),
        ({"if_invalid": "null"}, "", None, "sent", (False, True), None),
        ({"if_invalid": "null"}, "x", "x", "sent", (False, False), None),
        ({"if_invalid": "empty_string", "type": "number"}, "x", "", "sent", (False, True), "hint"),
        ({"if_invalid": "default", "type": "number", "default": "3"}, None, 3, "sent", (False, True), None),
        ({"if_invalid": "stop", "type": "number"}, "x", None, "failed", (False, False), "error"),
        ({"if_invalid": "stop"}, None, None, "failed", (False, False), "error"),
        ({"type": "boolean"}, 1, True, "sent", (True, False), None),
    ],
)
def test_what_the_preview_says_of_a_row(
    settings: dict[str, str],
    answer: object,
    value: object,
    status: str,
    marks: tuple[bool, bool],
    level: str | None,
) -> None:
    built = build(one_row("${a}", **settings), {"a": answer})
    (row,) = built.rows
    assert (row.value, row.status, (row.was_cast, row.is_fallback)) == (value, status, marks)
    assert [problem.level for problem in built.problems] == ([level] if level else [])
    assert built.event["traits"] == ({"key": value} if status == "sent" else {})
    assert built.is_sendable == (level != "error")


def test_a_static_value_has_a_type() -> None:
    rows = (("n", "3", "number"), ("b", "true", "boolean"), ("z", "", "null"), ("j", '{"a": [1]}', "json"))
    definition = Definition("identify", user_id="u", rows=tuple(Row(*row) for row in rows))
    assert build(definition).event["traits"] == {"n": 3, "b": True, "z": None, "j": {"a": [1]}}


def test_a_row_without_settings_says_what_it_said_before() -> None:
    assert build(one_row("${a}"), {"a": "x"}).rows == (RowResult("row-1", "key", "x", "string", "sent"),)


def test_every_rule_takes_what_json_cannot_carry() -> None:
    for rule in RULES:
        built = build(one_row("${a}", if_invalid=rule, default="d"), {"a": float("nan")})
        assert found(built.problems)[0][0] == "not_finite"
        assert built.is_sendable == (rule != "stop")


def test_a_lone_surrogate_in_a_settled_row_is_replaced() -> None:
    built = build(one_row("${a}", type="list", if_invalid="null"), {"a": "\ud800"})
    assert built.event["traits"] == {"key": ["\ufffd"]}
    assert built.rows[0].value == ["\ufffd"]
