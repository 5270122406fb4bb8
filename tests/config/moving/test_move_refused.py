"""What stops a move before, or undoes it on the way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from encrypted_model_fields import fields

from accounts.models import Brand, SegmentAccount
from config.moving.source import hold
from tests.config.moving.helpers import (
    count,
    make_installation,
    move,
    refusal,
    table_names,
)
from workflows.delivery.worker import beat
from workflows.models import Delivery, Survey

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="moves away from SQLite"),
]


def test_a_target_with_rows_is_refused(target_url: str) -> None:
    make_installation()
    move(target_url)
    message = refusal(target_url)
    assert message.startswith("The target is not empty: it has rows in ")
    assert "accounts_brand" in message
    assert count(target_url, "workflows_submission") == 3


def test_a_target_of_something_else_is_refused_and_left_alone(target_url: str) -> None:
    with psycopg.connect(target_url) as there:
        there.execute("CREATE TABLE orders (id int)")
    assert refusal(target_url) == (
        "The target has tables of something else. Give Tributary a database of its own."
    )
    assert table_names(target_url) == ["orders"]


@pytest.mark.parametrize(
    "url",
    ["sqlite:////tmp/other", "postgres://", "mysql://u:hidden@h/n", "nonsense", "postgres://u:hidden@h:x/n"],
)
def test_an_address_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    message = refusal(url)
    assert message == "The target must be an address such as postgres://user@host/name."


def test_a_target_out_of_reach_is_told_without_the_password() -> None:
    message = refusal("postgres://someone:hidden@127.0.0.1:1/nothing")
    assert message.startswith("The target cannot be reached: ")
    assert "hidden" not in message


def test_no_target_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TARGET_DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match=r"Say where to: postgres://user@host/name, or set"):
        call_command("move_database")


def test_it_refuses_while_a_worker_lives(target_url: str) -> None:
    beat("w1", timezone.now())
    assert refusal(target_url) == (
        "A worker gave a sign of life within 15 seconds. Stop Tributary, then move."
    )
    assert table_names(target_url) == []


def test_it_refuses_while_any_process_has_the_file_open(target_url: str) -> None:
    other = sqlite3.connect(str(connection.settings_dict["NAME"]))
    other.execute("SELECT 1 FROM accounts_brand").fetchone()  # and idle since
    try:
        message = refusal(target_url)
    finally:
        other.close()
    assert message.startswith("Another process uses ")
    assert table_names(target_url) == []


def test_nobody_reads_or_writes_the_file_while_it_is_held() -> None:
    path = Path(str(connection.settings_dict["NAME"]))
    with hold(path):
        other = sqlite3.connect(path, timeout=0.05)
        for statement in ("SELECT 1 FROM accounts_brand", "UPDATE accounts_brand SET name = name"):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute(statement)
        other.close()
    assert Brand.objects.count() == 0


def test_a_key_that_does_not_decrypt_is_refused_before_the_copy(
    target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_installation()
    account = SegmentAccount.objects.get()
    monkeypatch.setattr(fields, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
    message = refusal(target_url)
    assert message.startswith("FIELD_ENCRYPTION_KEY does not decrypt ")
    assert f"accounts_segmentaccount.secret of id {account.pk}" in message
    assert "accounts_keycanary.text of id 1" in message
    assert table_names(target_url) == []


def test_what_postgresql_would_refuse_is_named_before_anything_is_written(target_url: str) -> None:
    survey = make_installation()
    survey.samples.create(pk=77, name="n" * 101, answers={})
    Survey.objects.filter(pk=survey.pk).update(name="nul \x00 in it")
    Delivery.objects.filter(status="skipped").update(attempt_count=2**31)
    deliveries = [pk.hex for pk in Delivery.objects.filter(status="skipped").values_list("pk", flat=True)]
    lines = refusal(target_url).splitlines()
    assert lines[0] == "PostgreSQL would refuse these values; mend them first:"
    assert sorted(lines[1:]) == sorted(
        [
            "  workflows_surveysample.name of id 77 has 101 characters, and 100 are the most",
            f"  workflows_survey.name of id {survey.pk} holds a NUL character",
            *(
                f"  workflows_delivery.attempt_count of id {pk} is a number too large for its column"
                for pk in deliveries
            ),
        ]
    )
    assert table_names(target_url) == []


def test_a_row_that_refers_to_nothing_is_named(target_url: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(
            "INSERT INTO workflows_survey VALUES (5, 'x', 'k', '[]', '2020-01-01 00:00:00', 999, NULL)"
        )
        cursor.execute("PRAGMA foreign_keys = ON")
    try:
        assert "workflows_survey, row 5 refers to a row of accounts_brand that is not there" in refusal(
            target_url
        )
    finally:
        Survey.objects.all()._raw_delete("default")


def test_a_row_that_the_target_refuses_all_the_same_is_not_quoted(target_url: str) -> None:
    survey = make_installation()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_survey SET created_at = '2020-01-01 a secret' WHERE id = %s", [survey.pk]
        )
    message = refusal(target_url)
    assert message.startswith("A row of workflows_survey was refused (")
    assert "secret" not in message


def test_a_database_of_an_older_version_is_refused(target_url: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM django_migrations WHERE app = 'sessions'")
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    try:
        assert refusal(target_url) == ("The database is of an older version. Run `manage.py migrate` first.")
    finally:
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute("INSERT INTO django_migrations VALUES (%s, %s, %s, %s)", row)
