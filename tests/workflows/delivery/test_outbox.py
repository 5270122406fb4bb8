from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.databases import sqlite_only
from tests.workflows.delivery.helpers import make_source, make_survey_with_task, reread, submit
from workflows.delivery import outbox
from workflows.delivery.leases import leased_ids
from workflows.delivery.owners import make_owner
from workflows.delivery.plan import plan_submissions
from workflows.models import Delivery, Lease

pytestmark = pytest.mark.django_db


def plan(count: int, slug: str = "website") -> list[Delivery]:
    survey, _ = make_survey_with_task(slug)
    submissions = submit(survey, count)
    plan_submissions(10_000)
    ids = [submission.pk for submission in submissions]
    return list(Delivery.objects.filter(submission_id__in=ids).order_by("submission_id"))


def test_a_claim_leases_due_deliveries_oldest_first(settings: Any) -> None:
    deliveries = plan(3)
    now = timezone.now()
    claimed = outbox.claim("w1", 2, now=now)
    chosen = deliveries[:2]
    assert [item.id for item in claimed] == [delivery.pk.hex for delivery in chosen]
    assert [item.submission_id for item in claimed] == [one.submission_id.hex for one in chosen]
    assert [item.give_up_at for item in claimed] == [delivery.give_up_at for delivery in chosen]
    assert claimed[0].body.decode() == deliveries[0].body
    lease = Lease.objects.get()
    assert {item.lease for item in claimed} == {lease.pk}
    assert (lease.owner, lease.source_id, lease.unrecorded) == ("w1", deliveries[0].source_id, 2)
    assert lease.expires_at == now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    assert leased_ids(lease.source_id) == [delivery.pk.hex for delivery in chosen]


def test_what_is_claimed_is_not_claimed_again(settings: Any) -> None:
    settings.DELIVERY_SOURCE_CONCURRENCY = 3
    plan(3)
    assert [len(outbox.claim(owner, 2)) for owner in ("w1", "w2", "w3")] == [2, 1, 0]


def test_what_is_not_due_yet_is_not_claimed() -> None:
    [delivery] = plan(1)
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=30))
    assert outbox.claim("w1", 10) == []
    later = timezone.now() + timedelta(seconds=31)
    assert [item.id for item in outbox.claim("w1", 10, now=later)] == [delivery.pk.hex]


def test_due_sources_are_the_longest_waiting_first_and_without_finished_or_future_ones() -> None:
    waiting, due, future, done = (
        plan(2, slug)[0] for slug in ("website", "mobile-app", "survey-responses", "old-site")
    )
    now = timezone.now()
    for delivery, seconds in ((waiting, -90), (due, -30), (future, 30)):
        Delivery.objects.filter(source_id=delivery.source_id).update(
            next_attempt_at=now + timedelta(seconds=seconds)
        )
    Delivery.objects.filter(source_id=done.source_id).update(status="accepted")
    assert outbox.due_sources(now) == [waiting.source_id, due.source_id]


def test_a_source_with_a_backlog_takes_no_others_place() -> None:
    plan(20)
    other = plan(1, "mobile-app")[0]
    claimed = outbox.claim("w1", 5)
    assert Counter(item.source_id for item in claimed)[other.source_id] == 1
    assert len(claimed) == 6


def test_only_the_chosen_sources_are_claimed() -> None:
    plan(1)
    other = plan(1, "mobile-app")[0]
    assert [item.id for item in outbox.claim("w1", 5, [other.source_id])] == [other.pk.hex]


def explain(statement: str, params: list[Any]) -> list[str]:
    """SQLite's plan, the lines that touch deliveries."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", params)
        plans = [row[3] for row in cursor.fetchall()]
    return [text for text in plans if "workflows_delivery" in text or " d " in f"{text} "]


@sqlite_only
def test_due_sources_and_claims_use_the_index_however_long_the_backlog(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    plan(1)
    touched = explain(outbox._DUE_SOURCES, ["2030", "2030", "2030", 1])
    assert touched
    assert all("INDEX delivery_due" in text for text in touched), touched
    for params in ([1, "2030", 10], [1, "2030", "[]", 10]):
        [chosen] = explain(outbox.due_query(is_leased=len(params) > 3), params)
        assert "INDEX delivery_due (source_id=? AND next_attempt_at<?)" in chosen
    # Due sources, savepoint, source, others, state, leased, due, lease, savepoint.
    with django_assert_num_queries(9):
        assert len(outbox.claim("w1", 10)) == 1


def test_a_lease_that_ran_out_is_given_back_and_no_attempt_is_counted(settings: Any) -> None:
    settings.DELIVERY_LEASE_SECONDS = 60
    [delivery] = plan(1)
    outbox.claim("dead", 10)
    now = timezone.now()
    assert outbox.give_back_expired(now) == 0
    assert outbox.give_back_expired(now + timedelta(seconds=61)) == 1
    assert [(item.id, item.attempt_count) for item in outbox.claim("w2", 10)] == [(delivery.pk.hex, 0)]


def test_a_renewed_lease_does_not_run_out(settings: Any) -> None:
    settings.DELIVERY_LEASE_SECONDS = 60
    first, second = plan(1)[0], plan(1, "mobile-app")[0]
    leases = {item.source_id: item.lease for item in outbox.claim("w1", 10)}
    now = timezone.now()
    assert outbox.renew("w1", [leases[first.source_id]], now + timedelta(seconds=50)) == 1
    assert outbox.renew("w2", [leases[second.source_id]], now + timedelta(seconds=50)) == 0
    assert outbox.give_back_expired(now + timedelta(seconds=70)) == 1
    assert [item.id for item in outbox.claim("w2", 10)] == [second.pk.hex]


def test_release_gives_back_what_the_owner_holds_and_nothing_else(settings: Any) -> None:
    settings.DELIVERY_SOURCE_CONCURRENCY = 2
    first, _ = plan(2)
    outbox.claim("w1", 1)
    outbox.claim("w2", 1)
    assert outbox.release("w1") == 1
    assert [lease.owner for lease in Lease.objects.all()] == ["w2"]
    assert [(item.id, item.attempt_count) for item in outbox.claim("w3", 10)] == [(first.pk.hex, 0)]


def test_a_source_without_a_write_key_has_none() -> None:
    source = make_source(factories.make_brand())
    assert outbox.read_write_key(source.pk) != ""
    assert outbox.read_write_key(source.pk + 1) == ""


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_share_a_delivery(settings: Any) -> None:
    settings.DELIVERY_SOURCE_CONCURRENCY = 1_000
    deliveries = plan(200)
    claims: list[Any] = []
    start = threading.Barrier(4)

    def work(owner: str) -> None:
        start.wait(10)
        while claimed := outbox.claim(owner, 7):
            claims.extend(item.id for item in claimed)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(claims) == sorted(delivery.pk.hex for delivery in deliveries)


def test_a_source_is_sent_to_by_no_more_owners_than_configured(settings: Any) -> None:
    settings.DELIVERY_SOURCE_CONCURRENCY = 2
    plan(6)
    other = plan(1, "mobile-app")[0]
    claims = [outbox.claim(owner, 1) for owner in ("w1", "w2", "w3", "w1")]
    assert [len(claimed) for claimed in claims] == [2, 1, 0, 0]  # w1 has the other source, too
    assert other.pk.hex in [item.id for item in claims[0]]
    outbox.release("w2")
    assert len(outbox.claim("w3", 1)) == 1


def test_leases_given_before_the_clock_was_put_back_are_given_back(settings: Any) -> None:
    plan(2)
    now = timezone.now()
    outbox.claim("elsewhere", 1, now=now + timedelta(hours=1))
    Delivery.objects.update(next_attempt_at=now + timedelta(hours=1))
    assert outbox.give_back_expired(now) == 1
    assert not Lease.objects.exists()
    assert Delivery.objects.filter(next_attempt_at=now).count() == 1  # due, as when it was claimed


def test_a_lease_lasts_until_the_last_of_it_is_recorded() -> None:
    plan(3)
    claimed = outbox.claim("w1", 10)
    for item, left in zip(claimed, ([2], [1], []), strict=True):
        assert outbox.reject("w1", [item], "source_gone") == Counter(rejected=1)
        assert list(Lease.objects.values_list("unrecorded", flat=True)) == left
        assert outbox.claim("w2", 10) == []


def test_what_was_erased_while_it_was_sent_is_not_told_of() -> None:
    first, second = plan(2)
    claimed = outbox.claim("w1", 10)
    first.delete()
    assert outbox.reject("w1", claimed, "source_gone") == Counter(rejected=1)
    assert reread(second).status == "rejected"
    assert not Lease.objects.exists()


def test_clocks_that_differ_a_little_between_hosts_take_nobodys_lease() -> None:
    plan(1)
    now = timezone.now()
    outbox.claim("elsewhere", 1, now=now + timedelta(seconds=50))
    assert outbox.give_back_expired(now) == 0


def test_what_waited_when_the_clock_was_put_back_is_due_at_once() -> None:
    plan(3)
    now = timezone.now()
    Delivery.objects.update(next_attempt_at=now + timedelta(hours=1))
    assert outbox.make_waiting_due(now) == 3
    assert len(outbox.claim("w1", 10, now=now)) == 3
    assert outbox.make_waiting_due(now) == 0


def test_a_lease_of_a_process_of_this_machine_that_is_gone_does_not_wait_for_its_end() -> None:
    plan(2)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(20)
    outbox.claim(make_owner().replace(f"-{os.getpid()}-", f"-{gone.pid}-"), 1)
    assert outbox.give_back_expired() == 1
    outbox.claim(make_owner(), 1)
    assert outbox.give_back_expired() == 0
