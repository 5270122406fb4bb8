from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import json_values, nest
from workflows.mapping.values import (
    encode,
    find_fault,
    is_empty,
    name_type,
    print_text,
    replace_surrogates,
    replace_surrogates_in_text,
)


@pytest.mark.parametrize("value", [None, "", " \n\t\u00a0", [], {}])
def test_empty_values(value: object) -> None:
    assert is_empty(value)
    assert print_text(value) == ""


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "null", [None], [""], {"a": None}])
def test_values_that_are_not_empty(value: object) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (7, "7"),
        (7.0, "7.0"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (-0.0, "-0.0"),
        (True, "true"),
        (False, "false"),
        (["a", 1, True, None, 2.5], "a, 1, true, 2.5"),
        ([["a", 1], {"b": "c"}], '["a",1], {"b":"c"}'),
        ({"b": [1, "é"], "a": None}, '{"b":[1,"é"],"a":null}'),
        (10**1000, str(10**1000)),
    ],
)
def test_how_a_value_reads_in_a_text(value: object, text: str) -> None:
    assert find_fault(value) is None
    assert print_text(value) == text


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (float("nan"), ("not_finite", {"value": "nan"})),
        ([1, {"a": float("-inf")}], ("not_finite", {"value": "-inf"})),
        ([10**4299], ("number_too_long", {"limit": 3900})),
        ([-(10**5000)], ("number_too_long", {"limit": 3900})),
        (nest(65), ("too_deep", {"limit": 64})),
        (nest(10_000), ("too_deep", {"limit": 64})),
        ({"a": object}, ("not_json", {"type": "type"})),
        ((1, 2), ("not_json", {"type": "tuple"})),
        ({1: 2}, ("not_json", {"type": "object"})),
        ("x" * 32_769, ("value_too_large", {"size": 32_769, "limit": 32_768})),
        ({"x" * 32_768: 1}, ("value_too_large", {"size": 32_769, "limit": 32_768})),
        ([0] * 40_000, ("value_too_large", {"size": 32_769, "limit": 32_768})),
    ],
)
def test_what_json_cannot_carry(value: object, fault: tuple[str, dict[str, object]]) -> None:
    assert find_fault(value) == fault


@pytest.mark.parametrize("value", [nest(64), [10**3899, -(10**3899)], "x" * 32_768, None, True, {"a": [1.5]}])
def test_what_json_can_just_carry(value: object) -> None:
    assert find_fault(value) is None
    assert json.loads(encode(value)) == value


@given(json_values)
def test_a_value_without_fault_can_be_encoded_and_printed(value: object) -> None:
    if find_fault(value) is None:
        assert json.loads(encode(value)) == value
        assert isinstance(print_text(value), str)


@given(
    st.recursive(st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_replacing_surrogates_makes_utf8_possible_and_changes_nothing_else(value: object) -> None:
    replaced = replace_surrogates(value)
    encode(replaced).encode()
    if sys.maxunicode and not any("\ud800" <= character <= "\udfff" for character in encode(value)):
        assert replaced == value


def test_lone_surrogates_become_replacement_characters_and_pairs_their_character() -> None:
    assert replace_surrogates_in_text("a\ud800b\udc00") == "a\ufffdb\ufffd"
    assert replace_surrogates_in_text("\ud83d\ude00 é") == "😀 é"


def test_types_are_named_as_in_json() -> None:
    values = [None, True, 1, 1.5, "", [], {}]
    assert [name_type(value) for value in values] == (
        ["null", "boolean", "number", "number", "string", "array", "object"]
    )
