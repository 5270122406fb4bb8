"""Reading JSON bodies."""

from __future__ import annotations

import pytest

from workflows.intake.json_body import decode_json
from workflows.intake.refusals import Refused
from workflows.mapping.values import MAX_DEPTH


def refuse(body: bytes) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        decode_json(body)
    return caught.value.status, caught.value.code


def message(body: bytes) -> str:
    with pytest.raises(Refused) as caught:
        decode_json(body)
    return caught.value.message


def nest(levels: int) -> bytes:
    return b'{"a":' + b"[" * levels + b"]" * levels + b"}"


def test_types_stay_as_sent() -> None:
    body = '{"s": "é", "i": 9, "f": 9.5, "b": false, "n": null, "l": [1, {"x": []}]}'.encode()
    assert decode_json(body) == {"s": "é", "i": 9, "f": 9.5, "b": False, "n": None, "l": [1, {"x": []}]}


def test_byte_order_mark_is_tolerated() -> None:
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_last_of_duplicate_keys_counts() -> None:
    assert decode_json(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_only_an_object_has_keys(body: bytes) -> None:
    assert refuse(body) == (400, "not_an_object")


def test_unreadable_json_is_refused_with_line_and_column() -> None:
    assert message(b'{"a": 1,\n  "b" 2}') == (
        "Not readable as JSON at line 2, column 7: Expecting ':' delimiter."
    )


def test_bytes_that_are_not_utf8_are_refused_with_line_and_column() -> None:
    assert message(b'{"a": 1,\n "b": "\xff"}') == (
        "Not readable as JSON at line 2, column 8: a byte is not UTF-8."
    )


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_words_that_are_no_json_numbers_are_refused_with_their_place(word: bytes) -> None:
    body = b'{"NaN": "Infinity \\" NaN",\n "b": ' + word + b"}"
    assert refuse(body) == (400, "not_finite")
    assert message(body).startswith("Not readable as JSON at line 2, column 7")


def test_number_past_a_doubles_range_is_refused() -> None:
    assert refuse(b'{"a": 1e999}') == (400, "not_finite")


def test_number_with_thousands_of_digits_is_refused() -> None:
    assert refuse(b'{"a": ' + b"9" * 5000 + b"}") == (400, "number_too_long")


def test_nesting_is_refused_past_the_limit_only() -> None:
    assert decode_json(nest(MAX_DEPTH)) != {}
    assert refuse(nest(MAX_DEPTH + 1)) == (400, "too_deep")
    assert refuse(nest(100_000)) == (400, "too_deep")


@pytest.mark.parametrize("body", [rb'{"a": "x\u0000"}', rb'{"a": [{"\u0000": 1}]}', rb'{"\u0000": 1}'])
def test_nul_is_refused_wherever_it_is(body: bytes) -> None:
    assert refuse(body) == (400, "nul_character")


def test_half_an_emoji_becomes_the_replacement_character() -> None:
    assert decode_json(rb'{"a\ud83d": ["x\ud83d", "\ud83d\ude00"]}') == {"a\ufffd": ["x\ufffd", "😀"]}
