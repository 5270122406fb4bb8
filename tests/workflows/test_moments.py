"""How far a time is from now, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflows.moments import describe_distance

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-59, "just now"),
        (-60, "1 minute ago"),
        (-3_599, "59 minutes ago"),
        (-2 * 3_600 - 5, "2 hours ago"),
        (-3 * 86_400, "3 days ago"),
        (30, "in less than a minute"),
        (300, "in 5 minutes"),
    ],
)
def test_tells_the_distance_in_its_largest_unit(seconds: int, words: str) -> None:
    assert describe_distance(NOW + timedelta(seconds=seconds), NOW).replace("\xa0", " ") == words
