"""Turning a form's text into what its field's type says."""

from __future__ import annotations

import pytest

from workflows.intake.field_types import apply_types, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9", 9), (" 9 ", 9), ("-3", -3), ("+3", 3), ("007", 7), ("9.50", 9.5), (".5", 0.5), ("5.", 5.0),
        ("1e3", 1000.0), ("1e999", "1e999"), ("nan", "nan"), ("Infinity", "Infinity"), ("1_000", "1_000"),
        ("1,5", "1,5"), ("٣", "٣"), ("0x10", "0x10"), ("", ""), (" ", " "), ("9" * 5000, "9" * 5000),
        ("ten", "ten"),
    ],
)  # fmt: skip
def test_number_field(text: str, value: object) -> None:
    read = read_text(text, "number")
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("ON", True), ("yes", True), ("1", True), ("false", False), ("off", False),
     ("No", False), ("0", False), ("", ""), ("maybe", "maybe")],
)  # fmt: skip
def test_boolean_field(text: str, value: object) -> None:
    assert read_text(text, "boolean") is value or read_text(text, "boolean") == value
    assert type(read_text(text, "boolean")) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [('["a", 1]', ["a", 1]), ('{"a": null}', {"a": None}), ("9", 9), ("[1,", "[1,"), ("[NaN]", "[NaN]"),
     ('"\\u0000"', '"\\u0000"'), ("[" * 5000, "[" * 5000), ("", "")],
)  # fmt: skip
def test_json_field(text: str, value: object) -> None:
    assert read_text(text, "json") == value


def test_only_fields_with_such_a_type_are_converted_and_lists_entry_by_entry() -> None:
    types = {"score": "number", "zip": "text"}
    sent = {"score": ["1", "x", "2.5"], "zip": "01234", "unknown": "5"}
    assert apply_types(sent, types) == {"score": [1, "x", 2.5], "zip": "01234", "unknown": "5"}
