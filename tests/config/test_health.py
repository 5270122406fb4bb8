from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from config import health
from tests import factories
from tests.databases import postgresql_only, sqlite_only
from tests.workflows.delivery.helpers import make_survey_with_task, submit
from tests.workflows.intake.helpers import post_json
from workflows.delivery.backlog import backlog
from workflows.delivery.leases import make_lease
from workflows.delivery.plan import plan_submissions
from workflows.intake import pressure
from workflows.models import Delivery, Lease, WorkerBeat

pytestmark = pytest.mark.django_db


def make_beat(name: str, seconds_ago: float) -> None:
    now = timezone.now()
    WorkerBeat.objects.create(name=name, started_at=now, beat_at=now - timedelta(seconds=seconds_ago))


def test_a_stranger_reads_that_all_is_well(client: Client) -> None:
    make_beat("w1", 2)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert 2 <= body["worker"].pop("last_seen_seconds") < 10
    assert body == {
        "status": "ok",
        "database": "ok",
        "worker": {"alive": True, "count": 1, "kinds": {"process": 1, "celery": 0}},
        "backlog": {"pending": 0, "oldest_seconds": 0.0},
    }
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("beats", [[], [60]])
def test_a_dead_worker_is_told_but_submissions_are_still_taken(client: Client, beats: list[float]) -> None:
    for seconds in beats:
        make_beat("w1", seconds)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["worker"]["alive"] is False


def test_the_backlog_counts_what_is_not_planned_or_not_finished_and_how_old_it_is() -> None:
    survey, _ = make_survey_with_task()
    now = timezone.now()
    old = factories.make_submission(survey, received_at=now - timedelta(seconds=90))
    submit(survey, 3)
    plan_submissions(3)
    sent = Delivery.objects.get(submission=old)
    make_lease("w1", sent.source_id, [sent.pk.hex], now)
    assert (backlog(now).pending, backlog(now).oldest_seconds) == (4, 90.0)
    Lease.objects.all().delete()
    Delivery.objects.filter(submission=old).update(status="rejected")
    assert backlog(now).pending == 3
    assert backlog(now).oldest_seconds < 10
    plan_submissions(10)
    Delivery.objects.update(status="accepted")
    assert (backlog(now).pending, backlog(now).oldest_seconds) == (0, 0.0)


def test_each_kind_is_counted_as_far_as_intake_goes(settings: Any) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    plan_submissions(3)
    submit(survey, 3)
    assert backlog().pending == 6
    settings.MAX_BACKLOG = 2
    assert backlog().pending == 4


def test_an_unplanned_submission_ages_too() -> None:
    survey, _ = make_survey_with_task()
    now = timezone.now()
    factories.make_submission(survey, received_at=now - timedelta(seconds=7))
    assert (backlog(now).pending, backlog(now).oldest_seconds) == (1, 7.0)


@sqlite_only
def test_a_full_disk_cannot_take_a_submission(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "MIN_FREE_BYTES", 1 << 62)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "database": "the disk is full",
        "worker": {"alive": False},
        "backlog": None,
    }


@pytest.mark.parametrize(
    ("free_bytes", "max_backlog", "status"), [(1 << 40, 1, 202), (1 << 40, 0, 503), (1_000, 1, 503)]
)
def test_it_says_what_the_endpoint_answers(
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    free_bytes: int,
    max_backlog: int,
    status: int,
) -> None:
    survey = factories.make_survey(factories.make_brand())
    factories.make_submission(survey)
    settings.MAX_BACKLOG = max_backlog
    monkeypatch.setattr(pressure, "free_bytes", lambda: free_bytes)
    pressure.gauge.forget()
    assert client.get("/healthz").status_code == (200 if status == 202 else 503)
    assert post_json(client, survey, {"email": "ada@example.com"}).status_code == status


def test_a_full_backlog_takes_no_further_submission(client: Client, settings: Any) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    plan_submissions(1)
    settings.MAX_BACKLOG = 3
    assert client.get("/healthz").status_code == 200
    settings.MAX_BACKLOG = 2
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "the backlog is full")


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_cannot_take_a_submission_and_is_told_soon(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOCK_MILLISECONDS", 100)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        started = time.monotonic()
        answer = client.get("/healthz")
        assert time.monotonic() - started < 5
    finally:
        other.rollback()
        other.close()
    assert answer.status_code == 503
    assert answer.json()["database"] == "not available (OperationalError)"
    assert client.get("/healthz").status_code == 200
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)


@postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_locked_table_cannot_take_a_submission_and_is_told_soon(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOCK_MILLISECONDS", 100)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE workflows_workerbeat IN ACCESS EXCLUSIVE MODE")
            started = time.monotonic()
            answer = client.get("/healthz")
            assert time.monotonic() - started < 5
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert answer.status_code == 503
    assert answer.json()["database"] == "not available (OperationalError)"
    assert client.get("/healthz").status_code == 200


@postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_standby_cannot_take_a_submission(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        answer = client.get("/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")
    assert answer.status_code == 503
    assert answer.json()["database"] == "not available (InternalError)"


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_read_only_database_cannot_take_a_submission(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        answer = client.get("/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert answer.status_code == 503
    assert answer.json()["database"] == "not available (OperationalError)"


def test_metrics_are_prometheus_text(client: Client, settings: Any) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert f'tributary_build_info{{version="{settings.VERSION}"}} 1\n' in answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_both_are_read_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


@sqlite_only
def test_the_backlog_is_read_from_indexes() -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(1)
    explained = _Explainer()
    with connection.execute_wrapper(explained):
        backlog()
    assert explained.plans
    scanned = [plan for plan in explained.plans if plan.startswith("SCAN") and "INDEX" not in plan]
    assert [plan for plan in scanned if "workflows_" in plan] == []


class _Explainer:
    """Collects the query plan of every SELECT."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            cursor = connection.connection.cursor()
            rows = cursor.execute(
                "EXPLAIN QUERY PLAN " + sql.replace("%s", "?"),
                [str(value) if not isinstance(value, int | str) else value for value in params or ()],
            )
            self.plans += [row[3] for row in rows]
        return execute(sql, params, many, context)
