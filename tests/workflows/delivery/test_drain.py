"""A source is drained by one process: claim, send, record, until nothing of it is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Source
from segment.sandbox import RunningSandbox
from segment.transport import Timeouts
from tests import factories
from tests.segment.helpers import add_fault, lift_faults
from tests.workflows.delivery.helpers import make_source, make_survey_with_task, received, submit
from workflows.delivery import drain, jobs, outbox
from workflows.delivery.drain import Drainer
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, Lease, SourceState

pytestmark = pytest.mark.django_db(transaction=True)


def plan(count: int, slug: str = "website") -> int:
    """Deliveries to a source; its id."""
    survey, task = make_survey_with_task(slug)
    submit(survey, count)
    plan_submissions(10_000)
    return int(task.source_id or 0)


def states() -> set[tuple[str, int]]:
    """Status and attempts of all deliveries, which nobody has a lease on any more."""
    assert not Lease.objects.exists()
    return set(Delivery.objects.values_list("status", "attempt_count"))


def test_all_that_is_due_is_sent_in_order_and_no_other_source_is_touched(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CLAIM_LIMIT", 4)
    source_id = plan(10)
    plan(1, "mobile-app")
    assert Drainer().drain(source_id) is False
    assert received(sandbox) == [("accepted", f"user-{number}") for number in range(1, 11)]
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["accepted"] * 10 + ["pending"]


def test_its_connection_is_kept_from_one_source_to_the_next(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    real = drain.Senders

    def count(*args: Any) -> Any:
        made.append(args)
        return real(*args)

    monkeypatch.setattr(drain, "Senders", count)
    drainer = Drainer()
    for slug in ("website", "mobile-app"):
        drainer.drain(plan(1, slug))
    assert len(received(sandbox)) == 2
    assert len(made) == 1


def test_when_its_time_is_over_it_says_that_there_may_be_more(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CLAIM_LIMIT", 1)
    monkeypatch.setattr(drain, "BUDGET_SECONDS", 0.0)
    source_id = plan(2)
    drainer = Drainer()
    assert drainer.drain(source_id) is True
    assert len(received(sandbox)) == 1
    assert (drainer.drain(source_id), drainer.drain(source_id)) == (True, False)
    assert len(received(sandbox)) == 2


def test_a_source_in_trouble_is_left_alone(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CLAIM_LIMIT", 1)
    add_fault(sandbox, kind="status", status=429, retry_after=60)
    source_id = plan(3)
    drainer = Drainer()
    assert (drainer.drain(source_id), drainer.drain(source_id)) == (False, False)
    assert sorted(Delivery.objects.values_list("attempt_count", flat=True)) == [0, 0, 1]
    lift_faults(sandbox)
    SourceState.objects.update(held_until=timezone.now())
    Delivery.objects.update(next_attempt_at=timezone.now())
    drainer.drain(source_id)
    assert {verdict for verdict, _ in received(sandbox)} == {"accepted"}
    assert len(received(sandbox)) == 3


def test_what_another_drains_is_left_alone(sandbox: RunningSandbox) -> None:
    source_id = plan(2)
    outbox.claim("other", 1, [source_id])
    assert Drainer().drain(source_id) is False
    assert received(sandbox) == []


def test_a_source_without_a_key_has_its_deliveries_rejected() -> None:
    source_id = plan(2)
    Source.objects.filter(pk=source_id).update(write_key="")
    assert Drainer().drain(source_id) is False
    assert set(Delivery.objects.values_list("status", "reason")) == {("rejected", "source_gone")}


def test_leases_are_renewed_during_a_long_request(sandbox: RunningSandbox, settings: Any) -> None:
    settings.DELIVERY_LEASE_SECONDS = 1
    add_fault(sandbox, kind="delay", seconds=2)
    source_id = plan(1)
    expired: list[int] = []

    def look() -> None:
        # As another worker's sweep would find it.
        expired.append(Lease.objects.filter(expires_at__lt=timezone.now()).count())

    Drainer(on_turn=look).drain(source_id)
    assert len(expired) > 5
    assert set(expired) == {0}
    assert states() == {("accepted", 1)}


def test_when_it_is_to_stop_it_finishes_what_is_under_way_and_starts_nothing(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CLAIM_LIMIT", 1)
    add_fault(sandbox, kind="delay", seconds=0.5)
    source_id = plan(2)
    started = time.monotonic()
    assert Drainer(lambda: time.monotonic() > started + 0.2).drain(source_id) is False
    assert states() == {("accepted", 1), ("pending", 0)}


def test_when_it_is_to_stop_it_gives_back_what_hangs(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "STOP_SECONDS", 0.3)
    add_fault(sandbox, kind="hang", seconds=60)
    source_id = plan(2)
    started = time.monotonic()
    drainer = Drainer(lambda: time.monotonic() > started + 0.3, timeouts=Timeouts(1.0, 30.0))
    assert drainer.drain(source_id) is False
    assert time.monotonic() - started < 10
    assert states() == {("pending", 0)}


def fail_times(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """`outbox.record` meets a restarting database that often."""
    real: Callable[..., Any] = outbox.record
    failures = iter(range(count))

    def record(*args: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("the database system is shutting down")
        return real(*args)

    monkeypatch.setattr(outbox, "record", record)


def test_what_was_sent_is_recorded_once_the_database_is_back(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "RECORD_PAUSES", (0.01, 0.01, 0.01))
    fail_times(monkeypatch, 3)
    Drainer().drain(plan(2))
    assert states() == {("accepted", 1)}
    assert [verdict for verdict, _ in received(sandbox)] == ["accepted"] * 2


def test_what_cannot_be_recorded_is_sent_again_and_counted_once(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "RECORD_PAUSES", (0.01,))
    fail_times(monkeypatch, 2)
    source_id = plan(2)
    drainer = Drainer()
    with pytest.raises(OperationalError):
        drainer.drain(source_id)
    outbox.give_back_expired(timezone.now() + timedelta(seconds=60))
    drainer.drain(source_id)
    assert states() == {("accepted", 1)}
    assert [verdict for verdict, _ in received(sandbox)] == ["accepted"] * 2 + ["duplicate"] * 2


def test_two_drain_two_sources_at_once(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    other = make_source(survey.brand, "mobile-app")
    factories.make_task(task.workflow, other)
    submit(survey, 3)
    plan_submissions(10)
    first, second = Drainer(), Drainer()
    assert first.owner != second.owner
    assert (first.drain(int(task.source_id or 0)), second.drain(other.pk)) == (False, False)
    assert states() == {("accepted", 1)}
