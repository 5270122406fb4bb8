from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import environ
import pytest
from django.db import connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from config.databases import SQLITE, SQLITE_OPTIONS, defer_commits, read_database
from tests import factories
from tests.databases import postgresql_only, sqlite_only
from workflows.models import Survey

DEFAULT = "sqlite:////data/tributary.sqlite3"
ORDERED = {"second": 7.2e16, "first": 1.0, "nested": {"b": 1, "a": [1e300, -0.0, 2]}, "half": "\ud83d"}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("DATABASE_URL", "DATABASE_POOL_SIZE", "DATABASE_STATEMENT_SECONDS", "WEB_THREADS"):
        monkeypatch.delenv(name, raising=False)

    def read_with(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return read_database(environ.Env(), DEFAULT)

    return read_with


def test_without_an_address_it_is_the_sqlite_file(read: Any) -> None:
    database = read()
    assert (database["NAME"], database["OPTIONS"]) == ("/data/tributary.sqlite3", SQLITE_OPTIONS)


def test_postgresql_has_a_pool_and_limits(read: Any) -> None:
    database = read(DATABASE_URL="postgres://ada:secret@db.example:5433/tributary")
    assert (database["HOST"], database["PORT"], database["USER"]) == ("db.example", 5433, "ada")
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (0, True)
    pool = {"min_size": 1, "max_size": 36, "timeout": 5.0, "max_idle": 10.0}
    assert database["OPTIONS"]["pool"] == pool
    assert database["OPTIONS"]["options"] == (
        "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
    )


def test_pool_and_limits_can_be_set_and_the_address_wins(read: Any) -> None:
    database = read(
        DATABASE_URL="postgres://db.example/tributary?sslmode=require&connect_timeout=2",
        DATABASE_POOL_SIZE="7",
        DATABASE_STATEMENT_SECONDS="2.5",
    )
    options = database["OPTIONS"]
    assert (options["pool"]["max_size"], options["sslmode"], options["connect_timeout"]) == (7, "require", 2)
    assert "statement_timeout=2500 " in options["options"]


def test_the_pool_has_a_connection_for_each_thread_of_the_web_server(read: Any) -> None:
    database = read(DATABASE_URL="postgres://db.example/tributary", WEB_THREADS="40")
    assert database["OPTIONS"]["pool"]["max_size"] == 44


def test_a_workers_commits_may_come_later_to_the_disk(read: Any) -> None:
    database = read(DATABASE_URL="postgres://db.example/tributary")
    defer_commits(database)
    assert database["OPTIONS"]["options"].endswith("session_timeout=60000 -c synchronous_commit=off")


@pytest.mark.django_db
def test_json_comes_back_as_it_was_written() -> None:
    submission = factories.make_submission(factories.make_survey(factories.make_brand()), ORDERED)
    submission.refresh_from_db()
    assert repr(submission.answers) == repr(ORDERED)


@pytest.mark.django_db
def test_json_is_kept_by_updates_and_in_bulk() -> None:
    brand = factories.make_brand()
    surveys = [factories.make_survey(brand), factories.make_survey(brand)]
    for survey in surveys:
        survey.allowed_origins = ["https://b.example", "https://a.example"]
    Survey.objects.bulk_update(surveys, ["allowed_origins"])
    Survey.objects.filter(pk=surveys[0].pk).update(allowed_origins=[])
    assert list(Survey.objects.order_by("pk").values_list("allowed_origins", flat=True)) == [
        [],
        ["https://b.example", "https://a.example"],
    ]


@postgresql_only
@pytest.mark.django_db(transaction=True)
def test_connections_that_the_server_closed_are_replaced_unseen() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # earlier tests left some in it
    other = connections.create_connection("default")
    other.ensure_connection()  # first: it would take the very one that is to be closed
    connection.ensure_connection()
    connection.close()  # back into the pool
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1
    other.close()
    assert Survey.objects.count() == 0


@postgresql_only
@pytest.mark.django_db(transaction=True)
def test_threads_share_the_pool_and_give_back_what_they_took() -> None:
    def work() -> None:
        assert Survey.objects.count() == 0
        connection.close()

    for _ in range(3):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    assert stats["pool_size"] <= 6
    assert stats["pool_available"] >= stats["pool_size"] - 1  # this thread's own


@postgresql_only
@pytest.mark.django_db
def test_limits_are_in_force() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE '%%\\_timeout'")
        limits = dict(cursor.fetchall())
    assert limits["statement_timeout"] == "30000"
    assert limits["lock_timeout"] == "10000"
    assert limits["idle_in_transaction_session_timeout"] == "60000"


@sqlite_only
@pytest.mark.django_db
def test_a_workers_commits_are_not_waited_for_and_intakes_are(tmp_path: Path) -> None:
    def read_pragma(name: str) -> int:
        with closing(DatabaseWrapper(connection.settings_dict | database)) as opened:
            cursor = opened.cursor()
            return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])

    database = {"NAME": str(tmp_path / "one.sqlite3"), "OPTIONS": SQLITE_OPTIONS, "ENGINE": SQLITE}
    names = ("synchronous", "wal_autocheckpoint")
    assert [read_pragma(name) for name in names] == [2, 8_000]
    defer_commits(database)
    assert [read_pragma(name) for name in names] == [1, 2_000]
    assert "NORMAL" not in SQLITE_OPTIONS["init_command"]
