"""The web application as a server calls it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from config.wsgi import guard_content_type

BROKEN = ["application/json; charset*=none''x", "a/b; c*=utf-8''%ff; c*=nil''1"]


@pytest.mark.parametrize("content_type", BROKEN)
def test_a_content_type_that_django_fails_on_is_taken_away(content_type: str) -> None:
    with pytest.raises(ValueError):
        WSGIRequest(make_environ(content_type))
    assert read_content_type(content_type) == ""


@pytest.mark.parametrize("content_type", ["application/json", "text/csv; name*=utf-8''%c3%a9"])
def test_any_other_content_type_is_left_as_it_is(content_type: str) -> None:
    assert read_content_type(content_type) == content_type


def read_content_type(content_type: str) -> str:
    """The type as the application behind the guard gets it."""
    seen: list[str] = []

    def serve(environ: dict[str, Any], start_response: object) -> list[bytes]:
        seen.append(WSGIRequest(environ).META["CONTENT_TYPE"])
        return []

    guard_content_type(serve)(make_environ(content_type), lambda *_: None)
    return seen[0]


def make_environ(content_type: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "CONTENT_TYPE": content_type, "wsgi.input": io.BytesIO()}
