"""JSON as coloured HTML: everything escaped, nothing huge."""

from __future__ import annotations

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from workflows.json_html import MAX_CHARACTERS, MAX_VALUES, json_to_html

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def to_text(markup: str) -> str:
    return html.unescape(re.sub(r"</?span[^>]*>", "", markup))


@given(JSON)
def test_reads_back_as_the_same_json(value: object) -> None:
    assert json.loads(to_text(json_to_html(value))) == value


@given(JSON)
def test_has_no_markup_but_its_own_spans(value: object) -> None:
    bare = re.sub(r'<span class="[ksnb]">|</span>', "", json_to_html(value))
    assert "<" not in bare
    assert ">" not in bare


def test_colours_by_kind() -> None:
    assert json_to_html({"a": ["x", 1, 2.5, True, None, {}, []]}) == (
        '{\n  <span class="k">"a"</span>: [\n'
        '    <span class="s">"x"</span>,\n    <span class="n">1</span>,\n    <span class="n">2.5</span>,\n'
        '    <span class="b">true</span>,\n    <span class="b">null</span>,\n    {},\n    []\n  ]\n}'
    )


def test_escapes_keys_and_values() -> None:
    assert "<script" not in json_to_html({"<script>": "</pre><script>"})


def test_long_text_is_cut_with_a_note() -> None:
    shown = json_to_html("x" * (MAX_CHARACTERS + 1))
    assert shown.count("x") == MAX_CHARACTERS
    assert "cut: 2001 characters in all" in shown


def test_many_values_are_cut_with_a_note() -> None:
    for value in (list(range(MAX_VALUES + 5)), {str(number): number for number in range(MAX_VALUES + 5)}):
        shown = json_to_html(value)
        assert shown.count('class="n"') == MAX_VALUES
        assert "5 more are not shown" in shown


def test_values_are_counted_through_all_levels() -> None:
    assert json_to_html([[0] * 999] * 9).count('class="n"') < MAX_VALUES


def test_deep_nesting_is_cut_with_a_note() -> None:
    value: list[object] = []
    for _ in range(900):
        value = [value]
    assert "deeper levels are not shown" in json_to_html(value)


def test_half_a_surrogate_pair_can_be_encoded() -> None:
    assert "\\ud83d" in json_to_html({"\ud83d": "\ud83d"}).encode().decode()
