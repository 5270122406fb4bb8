from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import key_texts
from workflows.mapping.keys import APPEND, KeyRefused, Path, parse_key, print_key

PATHS = {
    "email": ("email",),
    "company.name": ("company", "name"),
    r"site\.url": ("site.url",),
    r"a\.b.c": ("a.b", "c"),
    r"a\\.b": ("a\\", "b"),
    r"a\\\.b": ("a\\.b",),
    "__proto__.x": ("__proto__", "x"),
    "اسم": ("اسم",),
    "😀 mood": ("😀 mood",),
    "items[0]": ("items", 0),
    "items[0].sku": ("items", 0, "sku"),
    "items[].sku": ("items", APPEND, "sku"),
    "items[99][]": ("items", 99, APPEND),
    r"a\[0]": ("a[0]",),
    "a]": ("a]",),
    ".".join("abcdefghij"): tuple("abcdefghij"),
    "k" * 255: ("k" * 255,),
}


@pytest.mark.parametrize(("text", "path"), PATHS.items())
def test_a_key_is_read_and_printed(text: str, path: Path) -> None:
    assert parse_key(text) == path
    assert print_key(path) == text


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("", "key_empty", {}),
        (" \t", "key_empty", {}),
        (".", "key_empty_segment", {}),
        ("a.", "key_empty_segment", {}),
        (".a", "key_empty_segment", {}),
        ("a..b", "key_empty_segment", {}),
        ("a. .b", "key_empty_segment", {}),
        (r"a\b", "key_bad_escape", {"position": 2}),
        ("ab\\", "key_bad_escape", {"position": 3}),
        ("a[x]", "key_bad_place", {"position": 2}),
        ("a[", "key_bad_place", {"position": 2}),
        ("a[01]", "key_bad_place", {"position": 2}),
        ("a[-1]", "key_bad_place", {"position": 2}),
        ("a[٣]", "key_bad_place", {"position": 2}),
        ("a[1.5]", "key_bad_place", {"position": 2}),
        ("a[100]", "key_place_too_high", {"limit": 99}),
        ("a[" + "9" * 200 + "]", "key_place_too_high", {"limit": 99}),
        ("a[0]b", "key_after_place", {"position": 5}),
        ("[0]", "key_empty_segment", {}),
        ("a.[0]", "key_empty_segment", {}),
        ("a[0].", "key_empty_segment", {}),
        ("a[0][0][0][0][0][0][0][0][0][0]", "key_too_deep", {"levels": 11, "limit": 10}),
        (".".join("abcdefghijk"), "key_too_deep", {"levels": 11, "limit": 10}),
        ("k" * 256, "key_too_long", {"length": 256, "limit": 255}),
        ("a_${b}", "key_has_pipe", {}),
        ("~{ch://t/$}", "key_has_pipe", {}),
    ],
)
def test_a_bad_key_is_refused(text: str, code: str, params: dict[str, int]) -> None:
    with pytest.raises(KeyRefused) as refused:
        parse_key(text)
    assert (refused.value.code, refused.value.params) == (code, params)


@given(key_texts)
def test_every_text_is_refused_or_printed_back_to_itself(text: str) -> None:
    try:
        path = parse_key(text)
    except KeyRefused:
        return
    assert print_key(path) == text


names = st.text(min_size=1, max_size=10).filter(str.strip)
steps = names | st.text("ab[].\\", min_size=1) | st.integers(APPEND, 99)


@given(names, st.lists(steps, max_size=9))
def test_every_path_is_printed_and_read_back_to_itself(first: str, rest: list[str | int]) -> None:
    path = (first, *rest)
    text = print_key(path)
    if len(text) <= 255 and "${" not in text and "~{" not in text:
        assert parse_key(text) == path
