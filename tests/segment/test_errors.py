from __future__ import annotations

import json

import pytest

from segment.errors import (
    MAX_MESSAGE_CHARACTERS,
    BadToken,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    RateLimited,
    SegmentError,
    ServerFailed,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    error_from_answer,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, UnexpectedAnswer),
        (400, Invalid),
        (401, BadToken),
        (403, PermissionDenied),
        (404, NotFound),
        (405, UnexpectedAnswer),
        (408, TimedOut),
        (409, Conflict),
        (422, Invalid),
        (429, RateLimited),
        (500, ServerFailed),
        (503, ServerFailed),
        (599, ServerFailed),
    ],
)
def test_each_status_has_its_type(status: int, kind: type[SegmentError]) -> None:
    error = error_from_answer(status, {}, b"")

    assert type(error) is kind
    assert error.status == status


def test_fields_come_from_segments_envelope() -> None:
    body = {"errors": [{"type": "unprocessable-entity", "message": "slug is taken", "field": "slug"}]}

    error = error_from_answer(422, {"X-Request-Id": "req-1"}, json.dumps(body).encode())

    assert (error.message, error.code, error.field, error.request_id) == (
        "slug is taken",
        "unprocessable-entity",
        "slug",
        "req-1",
    )
    assert str(error) == "slug is taken (422, unprocessable-entity, field slug)"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"errors": []}',
        b'{"errors": {}}',
        b'{"errors": "no"}',
        b'{"errors": ["no"]}',
        b'{"errors": [{"message": 5, "type": null}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_any_other_body_still_gives_the_statuss_error(body: bytes) -> None:
    error = error_from_answer(404, {}, body)

    assert type(error) is NotFound
    assert (error.message, error.code, error.field) == ("Segment answered 404 Not Found", "", "")


def test_an_unknown_status_is_said_as_such() -> None:
    assert str(error_from_answer(599, {}, b"")) == "Segment answered 599 unknown status (599)"


def test_retry_after_is_read() -> None:
    assert error_from_answer(429, {"Retry-After": "7"}, b"").retry_after_seconds == 7
    assert error_from_answer(429, {}, b"").retry_after_seconds is None


def test_a_time_out_is_a_kind_of_unreachable() -> None:
    assert issubclass(TimedOut, Unreachable)
    assert all(
        issubclass(kind, SegmentError)
        for kind in (Unreachable, BadToken, PermissionDenied, NotFound, Conflict, Invalid, RateLimited)
    )


def test_an_echoed_secret_is_masked_everywhere_and_texts_are_short() -> None:
    secret = "sgp_verysecret"
    body = {"errors": [{"type": secret, "message": f"no: {secret} " + "x" * 10_000, "field": secret}]}

    error = error_from_answer(400, {"X-Request-Id": secret}, json.dumps(body).encode(), secret)

    assert secret not in repr(error) + str(error) + error.code + error.field + error.request_id
    assert len(error.message) == MAX_MESSAGE_CHARACTERS
