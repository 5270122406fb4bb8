from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import yielded
from workflows.mapping.escapes import escape_literal, quote
from workflows.mapping.pipes import parse_template

tricky = st.text(st.sampled_from('\\${}~|",: nta') | st.characters(exclude_categories=["Cs"]), max_size=20)


@given(tricky)
def test_every_text_can_be_written_as_a_literal(text: str) -> None:
    template = parse_template(escape_literal(text), "row-1")
    assert template.problems == ()
    assert "".join(str(part) for part in template.parts) == text


@given(tricky.filter(lambda text: "\r" not in text))
def test_every_text_can_be_quoted_as_an_argument(text: str) -> None:
    assert yielded(f"-${{a | default:{quote(text)}}}") == f"-{text}" if text.strip() else "-"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\$ {a} $\{", r"\$ {a} $\{"),
        (r"\\\\server\share", r"\\server\share"),
        (r"\"\|", '"|'),
        (r"\\\${score}", r"\${score}"),
        (r"\\${score}", "\\7"),
        ("end\\", "end\\"),
    ],
)
def test_backslashes_outside_pipes(text: str, value: str) -> None:
    assert yielded(text, score=7) == value
