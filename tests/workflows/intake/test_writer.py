"""The writer on a real database: many submissions in one transaction, and what may go wrong in it."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import error_code, post_json
from workflows.identifiers import new_time_ordered_id
from workflows.intake import receive, writer
from workflows.intake.group import NotWrittenError
from workflows.intake.store import Changed, KeyReused, Receipt, Result, Row, Unstorable
from workflows.intake.targets import Target, find_target
from workflows.models import Submission, Survey

pytestmark = pytest.mark.django_db(transaction=True)

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="the tests' database is not SQLite")
only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the tests' database is not PostgreSQL"
)


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand())


@pytest.fixture
def target(survey: Survey) -> Target:
    found = find_target(survey.submit_key)
    assert found is not None
    return found


def make_row(target: Target, key: str | None = None, digest: str = "d", **columns: Any) -> Row:
    values: dict[str, Any] = {
        "target": target, "submission_id": new_time_ordered_id(), "received_at": datetime.now(UTC),
        "answers": '{"a": 1}', "key": key, "digest": digest,
    }  # fmt: skip
    return Row(**(values | columns))


def write_together(*rows: Row) -> list[Result]:
    """As when they all waited at the same moment."""
    return writer._writer()._write_group(rows, time.monotonic())


def stored_ids() -> set[uuid.UUID]:
    return set(Submission.objects.values_list("id", flat=True))


def test_rows_are_stored_whole(target: Target) -> None:
    at = datetime(2026, 11, 27, 8, 30, 0, 123456, tzinfo=UTC)
    row = make_row(target, "k", "digest", received_at=at, answers='{"a": [1, "é"]}')
    assert writer.write(row) == Receipt(row.submission_id, is_duplicate=False)
    stored = Submission.objects.get()
    assert (stored.id, stored.survey_id, stored.brand_id) == (
        row.submission_id,
        target.survey_id,
        target.brand_id,
    )
    assert (stored.received_at, stored.answers, stored.planned_at) == (at, {"a": [1, "é"]}, None)
    assert (stored.idempotency_key, stored.body_digest) == ("k", "digest")


def test_of_equal_keys_in_one_group_one_is_stored(target: Target) -> None:
    rows = [make_row(target, "k"), make_row(target, "k"), make_row(target, "k", "other"), make_row(target)]
    first, again, reused, alone = write_together(*rows)
    assert first == Receipt(rows[0].submission_id, is_duplicate=False)
    assert again == Receipt(rows[0].submission_id, is_duplicate=True)
    assert reused == KeyReused()
    assert alone == Receipt(rows[3].submission_id, is_duplicate=False)
    assert stored_ids() == {rows[0].submission_id, rows[3].submission_id}


def test_a_key_of_an_earlier_group_is_a_duplicate(target: Target) -> None:
    [first] = write_together(make_row(target, "k"))
    results = write_together(make_row(target, "new"), make_row(target, "k"))
    assert isinstance(first, Receipt)
    assert results[1] == Receipt(first.submission_id, is_duplicate=True)
    assert Submission.objects.count() == 2


def test_the_same_row_again_changes_nothing(target: Target) -> None:
    """The answer to a commit may be lost; then the row is written once more."""
    for row in (make_row(target), make_row(target, "k")):
        assert write_together(row) == write_together(row) == [Receipt(row.submission_id, is_duplicate=False)]
    assert Submission.objects.count() == 2


def test_a_survey_deleted_meanwhile_harms_no_neighbour(target: Target) -> None:
    doomed = make_survey(make_brand("Other"))
    other = find_target(doomed.submit_key)
    assert other is not None
    doomed.delete()
    rows = [make_row(target), make_row(other), make_row(other, "k"), make_row(target, "k")]
    results = write_together(*rows)
    assert results == [
        Receipt(rows[0].submission_id, False),
        Changed(None),
        Changed(None),
        Receipt(rows[3].submission_id, False),
    ]


def test_a_row_made_for_the_survey_as_it_was_is_not_stored(survey: Survey, target: Target) -> None:
    survey.fields.filter(key="score").update(type="text")
    [result] = write_together(make_row(target))
    assert result == Changed(find_target(survey.submit_key))
    assert stored_ids() == set()


def fail_for(
    monkeypatch: pytest.MonkeyPatch, bad: Row, error: Exception, when: Callable[[Sequence[Row]], bool]
) -> None:
    real = writer.store

    def store(rows: Sequence[Row], using: BaseDatabaseWrapper) -> list[Result]:
        results = real(rows, using)
        if bad in rows and when(rows):
            raise error
        return results

    monkeypatch.setattr(writer, "store", store)


@pytest.mark.parametrize("error", [DataError("bad"), IntegrityError("bad")])
def test_a_row_that_the_database_refuses_harms_no_neighbour(
    target: Target, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rows = [make_row(target), make_row(target), make_row(target, "k")]
    fail_for(monkeypatch, rows[1], error, lambda _: True)
    assert write_together(*rows) == [
        Receipt(rows[0].submission_id, False),
        Unstorable(type(error).__name__),
        Receipt(rows[2].submission_id, False),
    ]
    assert stored_ids() == {rows[0].submission_id, rows[2].submission_id}


def test_a_submission_that_the_database_refuses_is_503(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "write", lambda row: Unstorable("DataError"))
    assert error_code(post_json(client, survey, {})) == (503, "unavailable")


def test_a_mistake_of_ours_half_way_stores_nothing_of_the_group(
    target: Target, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = make_row(target)
    fail_for(monkeypatch, row, KeyError("ada@example.com"), lambda _: True)
    with pytest.raises(NotWrittenError):
        writer.write(row)
    assert "the database did not take a submission: KeyError" in caplog.text
    assert "ada@example.com" not in caplog.text
    monkeypatch.undo()
    assert writer.write(replace(row, key="k")) == Receipt(row.submission_id, False)
    assert stored_ids() == {row.submission_id}


@pytest.fixture
def lock() -> Any:
    """Another process's write lock, once it is called; given back at the end."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    yield lambda: other.execute("BEGIN IMMEDIATE") and other
    other.close()


@only_sqlite
def test_a_locked_database_is_503_in_time_and_nothing_is_kept(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch, lock: Callable[[], sqlite3.Connection]
) -> None:
    monkeypatch.setattr(writer, "LOCK_SECONDS", 0.3)
    assert post_json(client, survey, {}).status_code == 202
    held = lock()
    begun = time.monotonic()
    response = post_json(client, survey, {})
    assert time.monotonic() - begun < 3
    assert error_code(response) == (503, "unavailable")
    assert response["Retry-After"] == "10"
    held.rollback()
    assert Submission.objects.count() == 1
    assert post_json(client, survey, {}).status_code == 202


@only_sqlite
def test_a_lock_of_a_moment_is_waited_for(
    target: Target, lock: Callable[[], sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = lock()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            held.rollback()

    monkeypatch.setattr(writer.time, "sleep", pause)
    assert isinstance(writer.write(make_row(target)), Receipt)
    assert len(pauses) == 3


@only_sqlite
@pytest.mark.parametrize("pragma", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"])
def test_a_full_disk_and_a_read_only_file_are_503_and_nothing_is_half_written(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch, pragma: str
) -> None:
    real = writer.open_connection

    def open_limited() -> BaseDatabaseWrapper:
        opened = real()
        with opened.cursor() as cursor:
            cursor.execute("VACUUM")  # what earlier tests deleted left pages that are free
            cursor.execute(pragma)
        return opened

    monkeypatch.setattr(writer, "open_connection", open_limited)
    writer.close()
    large = {"a": "x" * 200_000}  # more than the free pages hold
    assert error_code(post_json(client, survey, large)) == (503, "unavailable")
    assert Submission.objects.count() == 0
    monkeypatch.undo()
    writer.close()
    assert post_json(client, survey, large).status_code == 202


@only_postgresql
def test_a_connection_that_was_lost_meanwhile_costs_nobody_anything(target: Target) -> None:
    assert isinstance(writer.write(make_row(target)), Receipt)
    used = writer._writer()._connection
    assert used is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [used.connection.info.backend_pid])
    row = make_row(target)
    assert writer.write(row) == Receipt(row.submission_id, False)


@only_postgresql
def test_a_survey_cannot_be_deleted_under_the_writer(survey: Survey, target: Target) -> None:
    """The row's foreign key is checked at the commit, where it would be the whole group's error."""
    used = writer.open_connection()
    with writer.in_transaction(used, time.monotonic() + 5):
        writer.store([make_row(target)], used)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 200")
            with pytest.raises(OperationalError, match="lock timeout"):
                cursor.execute("DELETE FROM workflows_survey WHERE id = %s", [survey.pk])
            cursor.execute("SET lock_timeout = 0")
    used.close()
