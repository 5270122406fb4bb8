from __future__ import annotations

import uuid
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from segment.tracking import Answer, Outcome
from workflows.delivery.batches import Batch, Claimed, Report
from workflows.delivery.split import MAX_REQUESTS, send_in_parts

ACCEPTED = Answer(Outcome.ACCEPTED, 200, "", None, 0.0)
REFUSED = Answer(Outcome.REFUSED, 400, "bad event", None, 0.0)


def make_batch(count: int) -> Batch:
    items = (
        Claimed(1, uuid.uuid4().hex, uuid.UUID(int=n).hex, 1, "oregon", str(n).encode(), 0, None)
        for n in range(count)
    )
    return Batch(tuple(items))


class Server:
    """Refuses a request with a guilty event, and remembers what it took and how often it was asked."""

    def __init__(self, guilty: set[int], answers: Callable[[int], Answer | None] = lambda n: None) -> None:
        self._guilty = guilty
        self._answers = answers
        self.taken: list[int] = []
        self.requests = 0

    def post(self, events: list[bytes]) -> Answer:
        self.requests += 1
        special = self._answers(self.requests)
        if special is not None:
            return special
        numbers = [int(event) for event in events]
        if self._guilty.intersection(numbers):
            return REFUSED
        self.taken.extend(numbers)
        return ACCEPTED


def finals(report: Report, outcome: Outcome) -> list[int]:
    return [
        int(item.submission_id, 16)
        for attempt in report.tries
        if attempt.is_final and attempt.answer.outcome is outcome
        for item in attempt.items
    ]


def send(batch: Batch, server: Server, should_stop: Callable[[], bool] = lambda: False) -> Report:
    return send_in_parts(batch, server.post, should_stop)


def test_a_batch_without_a_guilty_event_is_one_request_in_order() -> None:
    server = Server(set())
    report = send(make_batch(5), server)
    assert (server.requests, server.taken, report.untried) == (1, [0, 1, 2, 3, 4], ())


@given(count=st.integers(1, 60), guilty=st.sets(st.integers(0, 59), max_size=6))
def test_the_guilty_are_refused_alone_and_all_others_are_taken_once(count: int, guilty: set[int]) -> None:
    batch, server = make_batch(count), Server(guilty)
    refused: list[int] = []
    while batch.items:
        report = send(batch, server)
        refused += finals(report, Outcome.REFUSED)
        condemned = [attempt for attempt in report.tries if attempt.is_final and attempt.answer is REFUSED]
        assert all(len(attempt.items) == 1 for attempt in condemned)
        batch = Batch(report.untried)
    assert sorted(refused) == sorted(guilty & set(range(count)))
    assert sorted(server.taken) == sorted(set(range(count)) - guilty)


def test_one_guilty_event_among_2500_is_found_within_15_requests_wherever_it_stands() -> None:
    batch = make_batch(2_500)
    for guilty in (0, 1, 777, 1_249, 1_250, 2_498, 2_499):
        server = Server({guilty})
        report = send(batch, server)
        assert finals(report, Outcome.REFUSED) == [guilty]
        assert len(server.taken) == 2_499
        assert server.requests <= 15


def test_a_refused_key_condemns_the_batch_without_a_search() -> None:
    unauthorized = Answer(Outcome.REFUSED, 401, "bad key", None, 0.0)
    server = Server(set(), lambda number: unauthorized)
    report = send(make_batch(100), server)
    assert server.requests == 1
    assert finals(report, Outcome.REFUSED) == list(range(100))


def test_trouble_in_the_middle_of_a_search_gives_the_rest_back() -> None:
    trouble = Answer(Outcome.RETRY, 503, "", None, 0.0)
    server = Server({0}, lambda number: trouble if number == 3 else None)
    report = send(make_batch(8), server)
    assert report.trouble is trouble
    assert finals(report, Outcome.RETRY) == [0, 1]
    assert [int(item.submission_id, 16) for item in report.untried] == [2, 3, 4, 5, 6, 7]


def test_when_every_event_is_guilty_a_batch_costs_at_most_64_requests_and_makes_progress() -> None:
    server = Server(set(range(2_500)))
    report = send(make_batch(2_500), server)
    assert server.requests == MAX_REQUESTS
    assert len(finals(report, Outcome.REFUSED)) + len(report.untried) == 2_500
    assert len(report.untried) < 2_500


def test_nothing_is_sent_once_it_should_stop() -> None:
    server = Server(set())
    batch = make_batch(3)
    report = send(batch, server, lambda: True)
    assert (server.requests, report.untried, report.trouble) == (0, batch.items, None)
