from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Claimed, Try
from workflows.delivery.figures import count_outcomes, count_planned, count_requests
from workflows.delivery.outcome_log import Recorded
from workflows.metrics.counts import Counts

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def make_item(size: int) -> Claimed:
    return Claimed(1, uuid.uuid4().hex, uuid.uuid4().hex, 1, "oregon", b"x" * size, 0, None)


def make_try(outcome: Outcome, status: int | None, seconds: float, sizes: list[int]) -> Try:
    items = tuple(map(make_item, sizes))
    return Try(items, Answer(outcome, status, "", None, seconds), NOW, True)


def make_recorded(status: str, reason: str = "", seconds_ago: float = 0.0) -> Recorded:
    milliseconds = int((NOW - timedelta(seconds=seconds_ago)).timestamp() * 1_000)
    submission_id = uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
    return Recorded(status, submission_id.hex, uuid.uuid4().hex, 1, 200, 5, reason)


def test_requests_are_counted_by_outcome_time_and_size() -> None:
    counts = Counts()
    tries = [
        make_try(Outcome.ACCEPTED, 200, 0.02, [100, 200]),
        make_try(Outcome.REFUSED, 400, 0.3, [100] * 30),
        make_try(Outcome.RATE_LIMITED, 429, 0.3, [10_000]),
        make_try(Outcome.RETRY, 500, 0.3, [100]),
        make_try(Outcome.RETRY, None, 15.0, [100]),
    ]
    count_requests(tries, counts)
    seconds, events, size = "segment_request_seconds", "batch_events", "batch_bytes"
    assert counts.values == {
        ("segment_requests_total", "accepted"): 1,
        ("segment_requests_total", "refused"): 1,
        ("segment_requests_total", "rate_limited"): 1,
        ("segment_requests_total", "error"): 1,
        ("segment_requests_total", "no_answer"): 1,
        (seconds, "0.025"): 1,
        (seconds, "0.5"): 3,
        (seconds, "20"): 1,
        (seconds, "sum"): 0.02 + 3 * 0.3 + 15.0,
        (events, "1"): 3,
        (events, "5"): 1,
        (events, "100"): 1,
        (events, "sum"): 35,
        (size, "1000"): 3,
        (size, "5000"): 1,
        (size, "25000"): 1,
        (size, "sum"): 5 * 512 + 302 + 30 * 101 + 10_001 + 101 + 101,
    }


def test_outcomes_are_counted_and_how_long_the_accepted_took() -> None:
    counts = Counts()
    outcomes = [
        make_recorded("accepted", seconds_ago=0.04),
        make_recorded("accepted", seconds_ago=7),
        make_recorded("rejected", "segment_refused", 7),
        make_recorded("failed", "gave_up", 90_000),
        make_recorded("pending", "rate_limited"),
        make_recorded("pending", "segment_error"),
        make_recorded("pending", "segment_unreachable"),
        make_recorded("pending"),  # given back untried
    ]
    count_outcomes(outcomes, NOW, counts)
    assert counts.values == {
        ("deliveries_total", "accepted"): 2,
        ("deliveries_total", "rejected"): 1,
        ("deliveries_total", "failed"): 1,
        ("retries_total", "rate_limited"): 1,
        ("retries_total", "segment_error"): 1,
        ("retries_total", "segment_unreachable"): 1,
        ("submit_to_accepted_seconds", "0.05"): 1,
        ("submit_to_accepted_seconds", "10"): 1,
        ("submit_to_accepted_seconds", "sum"): 7.04,
    }


def test_a_clock_that_went_back_makes_no_counter_fall() -> None:
    counts = Counts()
    count_outcomes([make_recorded("accepted", seconds_ago=-3_600)], NOW, counts)
    assert counts.values["submit_to_accepted_seconds", "sum"] == 0


def test_what_is_finished_when_planned_is_counted() -> None:
    counts = count_planned(["pending", "rejected", "skipped", "skipped"])
    assert counts.values == {("deliveries_total", "rejected"): 1, ("deliveries_total", "skipped"): 2}
