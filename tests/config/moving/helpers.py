"""An installation in the tests' SQLite, and looks into the PostgreSQL it was moved to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Brand, KeyCanary, SegmentAccount
from config.moving.tables import tables_to_move
from config.moving.target import ALIAS, connect_target, disconnect_target
from tests import factories
from tests.workflows.retention.helpers import days_ago, make_run
from workflows.models import Delivery, Survey, TaskRevision

ANSWERS = {
    "email": "zoë@example.com",
    "zebra": 1,
    "apple": [None, True, {"b": 1e16, "a": -0.0}],
    "numbers": [9.0, 0.1, 1e308, 5e-324, 12345678901234567890123, -7],
    "text": 'tab\t newline\n backslash\\ quote" \\N \\. 😀 \u2028',
    "": "",
    "odd": ["x\x00y", "\ud83d half"],  # JSON writes them as escapes, which both databases keep
}


def make_installation() -> Survey:
    """Something in every table that matters, and every kind of column."""
    brand = factories.make_brand()
    KeyCanary.plant()
    account = factories.make_account(brand, token="sgp_a-very-secret-token")
    survey = factories.make_survey(brand)
    task = factories.make_task(
        factories.make_workflow(survey), factories.make_source(brand, account, "a-secret-write-key")
    )
    survey.samples.create(name="Zoë's", answers=ANSWERS)
    for number in range(3):
        make_run(survey, days_ago(number), ("accepted", "pending", "skipped"), ANSWERS, json.dumps(ANSWERS))
    Delivery.objects.update(task=task, revision=task.current_revision, source=task.source)
    user = factories.make_user(brand)
    brand.invitations.create(
        email="eve@example.com", token_digest="d", invited_by=user, expires_at=timezone.now()
    )
    Group.objects.create(name="Editors").permissions.set(Permission.objects.all()[:2])
    Client().force_login(user)
    # A time that `auto_now_add` would not make.
    for model in (Brand, SegmentAccount, Survey, TaskRevision):
        model.objects.update(created_at=datetime(2020, 2, 29, 23, 59, 59, 1, tzinfo=UTC))
    return survey


def move(url: str, *arguments: str) -> str:
    out, progress = StringIO(), StringIO()
    call_command("move_database", url, *arguments, stdout=out, stderr=progress)
    return out.getvalue()


def refusal(url: str) -> str:
    with pytest.raises(CommandError) as raised:
        move(url)
    return str(raised.value)


@contextmanager
def moved_to(url: str) -> Iterator[str]:
    """The alias of the target."""
    connect_target(url)
    try:
        yield ALIAS
    finally:
        disconnect_target()


def rows_of(alias: str) -> dict[str, list[dict[str, Any]]]:
    """All values of all tables, as the models read them; secrets decrypted."""
    return {
        table.name: list(table.model._base_manager.using(alias).order_by("pk").values())
        for table in tables_to_move()
    }


def table_names(url: str) -> list[str]:
    with psycopg.connect(url) as there:
        found = there.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return sorted(name for (name,) in found)


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as there:
        row = there.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
