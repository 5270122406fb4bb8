"""Allowed origins as typed and as browsers send them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from workflows.surveys.origins import read_origins


def test_origins_are_written_as_browsers_write_them() -> None:
    text = """
      HTTPS://WWW.Example.com/
      https://example.com:443
      http://localhost:3000
      http://[::1]:8080
      https://bücher.example
      https://example.com
    """
    assert read_origins(text) == [
        "https://www.example.com",
        "https://example.com",
        "http://localhost:3000",
        "http://[::1]:8080",
        "https://xn--bcher-kva.example",
    ]


def test_star_alone_counts() -> None:
    assert read_origins("https://example.com\n*") == ["*"]


def test_nothing_typed_is_no_origin() -> None:
    assert read_origins(" \n\n") == []


@pytest.mark.parametrize(
    "line",
    ["example.com", "https://", "https://example.com/path", "https://example.com?x", "https://a b.example",
     "https://user@example.com", "https://example.com:99999", "https://*.example.com", "https://[::1", "x"],
)  # fmt: skip
def test_other_lines_are_refused_by_number(line: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_origins(f"https://ok.example\n\n{line}")
    assert caught.value.messages[0].startswith("Line 3: ")
