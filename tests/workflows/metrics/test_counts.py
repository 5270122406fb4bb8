from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from workflows.metrics import counts as counting
from workflows.metrics.catalogue import COUNTED, DELIVERIES, REQUEST_SECONDS, SUBMISSIONS, Metric
from workflows.metrics.counts import Counts, Tally, write_counts
from workflows.metrics.page import read_totals
from workflows.models import MetricCount

TIMES = Metric("times", "histogram", "Times.", bounds=(0.5, 1, 10_000))


def make_counts(**labels: float) -> Counts:
    counts = Counts()
    for label, count in labels.items():
        counts.add(SUBMISSIONS, label, count)
    return counts


def test_a_value_goes_into_the_first_bucket_whose_bound_it_does_not_pass() -> None:
    counts = Counts()
    counts.observe(TIMES, [0, 0.5, 0.75, 1, 9_999, 10_001, 10_001])
    assert counts.values == {
        ("times", "0.5"): 2,
        ("times", "1"): 2,
        ("times", "10000"): 1,
        ("times", "+Inf"): 2,
        ("times", "sum"): 0.5 + 0.75 + 1 + 9_999 + 2 * 10_001,
    }


def test_nothing_observed_is_nothing_to_write() -> None:
    counts = Counts()
    counts.observe(TIMES, [])
    assert not counts
    assert counts.values == {}


@pytest.mark.django_db
def test_counts_are_added_to_the_table() -> None:
    write_counts(make_counts(taken=2, duplicate=1))
    write_counts(make_counts(taken=40))
    write_counts(Counts())
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 42, (SUBMISSIONS.name, "duplicate"): 1}
    assert MetricCount.objects.count() == 2


@pytest.mark.django_db
def test_counts_of_one_kind_take_one_statement(django_assert_num_queries: Any) -> None:
    counts = make_counts(taken=2, duplicate=1)
    counts.observe(REQUEST_SECONDS, [0.01 * number for number in range(3_000)])
    with django_assert_num_queries(1):
        write_counts(counts)


@pytest.mark.django_db
def test_a_series_is_the_sum_of_its_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for shard in (0, 7, 15, 7):
        monkeypatch.setattr(counting, "_find_shard", lambda shard=shard: shard)
        write_counts(make_counts(taken=1))
    assert sorted(MetricCount.objects.values_list("shard", "value")) == [(0, 1), (7, 2), (15, 1)]
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 4}


@pytest.mark.django_db
def test_counts_share_the_fate_of_their_transaction() -> None:
    write_counts(make_counts(taken=1))
    with transaction.atomic():
        write_counts(make_counts(taken=1))
        transaction.set_rollback(True)
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 1}


@pytest.mark.django_db
def test_large_numbers_stay_exact() -> None:
    write_counts(make_counts(taken=2**53 - 2))
    write_counts(make_counts(taken=1))
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 2**53 - 1}


@pytest.mark.django_db(transaction=True)
def test_concurrent_processes_lose_no_count_and_do_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_find_shard", lambda: 3)  # the worst case: all in one shard
    errors: list[BaseException] = []

    def count(labels: list[str]) -> None:
        try:
            for _ in range(20):
                counts = Counts()
                for label in labels:
                    counts.add(DELIVERIES, label)
                with transaction.atomic():
                    write_counts(counts)
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    orders = [["accepted", "rejected", "failed"], ["failed", "rejected", "accepted"]] * 2
    threads = [threading.Thread(target=count, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert read_totals() == {(DELIVERIES.name, label): 80 for label in orders[0]}


@pytest.mark.django_db
def test_a_tally_is_written_once() -> None:
    tally = Tally()
    tally.add(SUBMISSIONS, "taken")
    tally.add(SUBMISSIONS, "taken")
    assert read_totals() == {}
    tally.flush()
    tally.flush()
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 2}


@pytest.mark.django_db
def test_what_the_database_does_not_take_is_kept_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally()
    tally.add(SUBMISSIONS, "taken", 5)
    with monkeypatch.context() as patched:

        def refuse(counts: Counts) -> None:
            tally.add(SUBMISSIONS, "taken")  # counted meanwhile
            raise DatabaseError

        patched.setattr(counting, "write_counts", refuse)
        with pytest.raises(DatabaseError):
            tally.flush()
    tally.flush()
    assert read_totals() == {(SUBMISSIONS.name, "taken"): 6}


def test_names_labels_and_buckets_fit_their_columns() -> None:
    columns = {field.name: field.max_length for field in MetricCount._meta.concrete_fields}
    for metric in COUNTED:
        assert len(metric.name) <= columns["name"]
        assert all(len(label) <= columns["label"] for label in metric.values)
