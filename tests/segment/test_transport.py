from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from segment.transport import (
    MAX_RETRY_AFTER_SECONDS,
    HeaderAuth,
    encode_basic,
    mask,
    parse_retry_after,
)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "999999"}, MAX_RETRY_AFTER_SECONDS),
        ({"X-RateLimit-Reset": "4"}, 4),
        ({"Retry-After": "7", "X-RateLimit-Reset": "4"}, 7),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "4"}, 4),
    ],
)
def test_retry_after_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers) == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_retry_after_as_an_http_date(zone: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)

    seconds = parse_retry_after({"Retry-After": format_datetime(moment).replace("+0000", zone)})

    assert seconds is not None
    assert 85 < seconds <= 90


def test_retry_after_in_the_past_means_now() -> None:
    assert parse_retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


def test_a_reset_that_is_a_point_in_time_becomes_a_number_of_seconds() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=30)

    seconds = parse_retry_after({"X-RateLimit-Reset": str(int(moment.timestamp()))})

    assert seconds is not None
    assert 25 < seconds <= 30


def test_a_secret_is_masked_also_in_its_basic_form() -> None:
    echoed = base64.b64encode(b"key123:").decode()

    assert mask(f"key123 and Basic {echoed}", "key123") == "••• and Basic •••"
    assert mask("nothing to hide", "") == "nothing to hide"


def test_basic_credentials_take_any_text() -> None:
    assert base64.b64decode(encode_basic("schlüssel")).decode() == "schlüssel:"


def test_the_auths_repr_hides_the_credentials() -> None:
    assert repr(HeaderAuth("Bearer verysecret")) == "HeaderAuth(***)"
