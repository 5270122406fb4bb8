from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segment.tracking import Outcome
from workflows.delivery.retry import Decision, back_off_seconds, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GIVE_UP_AT = NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (10, 512), (11, 600), (5_000, 600)]
)
def test_back_off_doubles_from_one_second_to_ten_minutes(failures: int, seconds: float) -> None:
    assert back_off_seconds(failures, None, 1.0) == seconds


def test_full_jitter_takes_a_share_of_the_whole_delay() -> None:
    assert [back_off_seconds(4, None, jitter) for jitter in (0.0, 0.5, 1.0)] == [0, 4, 8]


def test_the_servers_hint_wins() -> None:
    assert back_off_seconds(9, 3.0, 0.7) == 3


def test_a_hint_of_zero_seconds_is_no_hint() -> None:
    assert back_off_seconds(3, 0.0, 0.5) == 2


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.ACCEPTED, "accepted"), (Outcome.REFUSED, "rejected")]
)
def test_an_answer_for_good_ends_it_even_after_the_time_to_give_up(outcome: Outcome, status: str) -> None:
    assert decide(outcome, 1, None, GIVE_UP_AT, GIVE_UP_AT, 0.5) == Decision(status)


@pytest.mark.parametrize("outcome", [Outcome.RETRY, Outcome.RATE_LIMITED])
def test_trouble_is_tried_again_after_the_back_off(outcome: Outcome) -> None:
    assert decide(outcome, 3, None, NOW, GIVE_UP_AT, 0.5) == Decision("pending", NOW + timedelta(seconds=2))


def test_it_gives_up_at_the_time_to_give_up_and_not_before() -> None:
    almost = GIVE_UP_AT - timedelta(seconds=1)
    assert decide(Outcome.RETRY, 40, None, GIVE_UP_AT, GIVE_UP_AT, 0.9) == Decision("failed")
    assert decide(Outcome.RETRY, 40, None, almost, GIVE_UP_AT, 0.9) == Decision("pending", GIVE_UP_AT)


def test_the_servers_hint_is_obeyed_past_the_time_to_give_up() -> None:
    decision = decide(Outcome.RATE_LIMITED, 1, 7_200.0, GIVE_UP_AT - timedelta(hours=1), GIVE_UP_AT, 0.5)
    assert decision == Decision("pending", GIVE_UP_AT + timedelta(hours=1))


def test_without_a_time_to_give_up_it_goes_on() -> None:
    assert decide(Outcome.RETRY, 1, None, NOW, None, 1.0) == Decision("pending", NOW + timedelta(seconds=1))
