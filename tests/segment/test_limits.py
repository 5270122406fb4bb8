from __future__ import annotations

import pytest

from segment import limits
from segment.limits import is_source_slug


@pytest.mark.parametrize("slug", ["website", "a", "0", "my.site-2_b", "---", "a" * 100])
def test_source_slug_takes_lower_case_digits_period_dash_underscore(slug: str) -> None:
    assert is_source_slug(slug) is True


@pytest.mark.parametrize(
    "slug",
    ["", "Website", "my site", "site/1", "straße", "é", "a\n", "\u0661", "site!", "a" * 101],
    ids=repr,
)
def test_source_slug_refuses_everything_else(slug: str) -> None:
    assert is_source_slug(slug) is False


def test_limits_are_segments() -> None:
    assert (limits.MAX_EVENT_BYTES, limits.MAX_BATCH_BYTES, limits.MAX_BATCH_EVENTS) == (32768, 512000, 2500)
    assert (limits.MAX_EVENT_PROPERTIES, limits.MAX_MESSAGE_ID) == (10_000, 100)
