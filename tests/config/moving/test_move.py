"""The tests' own SQLite installation is moved to a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Brand, SegmentAccount, Source
from config.moving import move as moving
from config.moving.tables import Checksum, tables_to_move
from config.moving.target import ALIAS, connect_target, disconnect_target
from tests.config.moving.helpers import (
    count,
    make_installation,
    move,
    moved_to,
    refusal,
    rows_of,
)
from tests.workflows.retention.helpers import days_ago, make_run
from workflows.delivery.worker import beat
from workflows.models import Submission, SurveySample, WorkerBeat

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="moves away from SQLite"),
]
BASE_DIR = Path(__file__).resolve().parents[3]


def test_everything_arrives_as_it_was(target_url: str) -> None:
    make_installation()
    before = rows_of("default")
    filled = {name for name, rows in before.items() if rows}
    assert filled >= {"accounts_source", "workflows_attempt", "django_session", "auth_group_permissions"}
    output = move(target_url)
    with moved_to(target_url) as alias:
        assert rows_of(alias) == before
        secrets = list(SegmentAccount.objects.using(alias).values_list("secret", flat=True))
        assert secrets == ["sgp_a-very-secret-token"]
        assert list(Source.objects.using(alias).values_list("write_key", flat=True)) == ["a-secret-write-key"]
    assert rows_of("default") == before
    assert "3  " in output
    assert "secret" not in output


def test_ciphertexts_are_moved_unopened(target_url: str) -> None:
    make_installation()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_segmentaccount")
        (ciphertext,) = cursor.fetchone()
    move(target_url)
    with psycopg.connect(target_url) as there:
        assert there.execute("SELECT secret FROM accounts_segmentaccount").fetchall() == [(ciphertext,)]


def test_new_rows_get_ids_after_those_that_came(target_url: str) -> None:
    survey = make_installation()
    newest = Brand.objects.create(pk=4_711, name="Last")
    move(target_url)
    with moved_to(target_url) as alias:
        assert Brand.objects.using(alias).create(name="Next").pk == newest.pk + 1
        assert SurveySample.objects.using(alias).create(survey_id=survey.pk, name="x", answers={}).pk > 1


def test_sessions_move_unless_told_otherwise_and_signs_of_life_never(target_url: str) -> None:
    make_installation()
    beat("dead", timezone.now())
    WorkerBeat.objects.update(beat_at=days_ago(1))
    assert Session.objects.count() == 1
    move(target_url, "--without-sessions")
    assert count(target_url, "django_session") == 0
    assert count(target_url, "workflows_workerbeat") == 0
    assert count(target_url, "workflows_submission") == 3


def test_a_target_that_was_only_migrated_is_taken(target_url: str) -> None:
    make_installation()
    connect_target(target_url)
    call_command("migrate", database=ALIAS, interactive=False, verbosity=0)
    disconnect_target()
    move(target_url)
    assert count(target_url, "workflows_submission") == 3


def test_a_failure_on_the_way_leaves_no_rows_and_the_next_try_succeeds(
    target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_installation()
    set_sequences = moving._set_sequences

    def fail(*arguments: Any) -> None:
        set_sequences(*arguments)
        raise psycopg.OperationalError("the server went away")

    with monkeypatch.context() as broken:
        broken.setattr(moving, "_set_sequences", fail)
        message = refusal(target_url)
    assert message == "PostgreSQL failed on the way (OperationalError); it has no rows."
    assert count(target_url, "workflows_submission") == 0
    assert count(target_url, "accounts_brand") == 0
    move(target_url)
    assert count(target_url, "workflows_submission") == 3


def test_a_difference_is_found_and_nothing_is_kept(target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_installation()
    set_sequences = moving._set_sequences

    def tamper(target: Any, tables: Any) -> None:
        set_sequences(target, tables)
        with target.cursor() as cursor:
            cursor.execute("UPDATE workflows_submission SET answers = '{}'")

    monkeypatch.setattr(moving, "_set_sequences", tamper)
    message = refusal(target_url)
    assert message.startswith("workflows_submission differs: 3 rows with checksum ")
    assert count(target_url, "workflows_submission") == 0


def test_checksums_do_not_depend_on_the_order_and_do_on_every_value() -> None:
    (table,) = [table for table in tables_to_move() if table.model is Brand]
    rows = [(1, "Acme", "2020-01-01 00:00:00"), (2, "Other", "2020-01-01 00:00:00.000001")]

    def checksum(some: list[Any]) -> str:
        result = Checksum(table)
        for row in some:
            result.add(row)
        return result.text

    assert checksum(rows) == checksum(rows[::-1])
    moments = [datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC)]
    assert checksum(rows) == checksum([(*row[:2], at) for row, at in zip(rows, moments, strict=True)])
    others = [
        rows[:1],
        [rows[0], rows[0]],
        [(1, "acme", rows[0][2]), rows[1]],
        [(1, "Other", rows[0][2]), rows[1]],
    ]
    assert len({checksum(some) for some in [rows, *others]}) == 5


def test_progress_says_how_far_each_table_is(target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = make_installation()
    monkeypatch.setattr(moving, "PROGRESS_ROWS", 2)
    with transaction.atomic():
        make_run(survey, days_ago(5), ())
    lines: list[str] = []
    moving.move(target_url, True, lines.append)
    submissions = [line.partition(" (")[0] for line in lines if line.startswith("workflows_submission:")]
    assert submissions == [
        "workflows_submission: 2 of 4 rows",
        "workflows_submission: 4 of 4 rows",
        "workflows_submission: 4 of 4 rows",
    ]


def test_the_command_takes_the_target_from_the_environment_and_the_product_runs_on_it(
    target_url: str, tmp_path: Path
) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "a key for tests only",
        "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "TRIBUTARY_SANDBOX": "1",
        "TRIBUTARY_SANDBOX_URL": "http://127.0.0.1:9",
    }

    def manage(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "--verbosity=0")
    manage("load_demo")
    output = manage("move_database", TARGET_DATABASE_URL=target_url)
    assert "rows are in PostgreSQL, equal to those in SQLite" in output
    manage("check", "--database", "default", DATABASE_URL=target_url)
    manage("load_demo", DATABASE_URL=target_url)  # finds what is there, and makes nothing twice
    assert count(target_url, "accounts_brand") == 1
    assert Submission.objects.count() == 0
