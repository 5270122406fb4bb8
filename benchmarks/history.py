"""Years of runs in minutes: history written by the database itself, one statement a table.

Each submission has a delivery to each of two tasks. OLD deliveries are past any retention, so that there is
something to remove; PENDING ones beyond the count are owed, so that there is something to claim. Keys are as
the product makes them: by time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

from workflows.models import Attempt, Delivery, SegmentTask, Submission

OLD = 8_000
OLD_DAYS = 400
PENDING = 2_000
DAYS = 60  # over which the rest is spread
TOGETHER = 100  # deliveries of an attempt
# Of a hundred deliveries 92 accepted, 4 rejected, 2 failed, 2 skipped, in no order.
SHARE = "(i * 7919 % 100)"


@dataclass(frozen=True)
class Dialect:
    """SQL that SQLite and PostgreSQL spell differently, as formats."""

    series: str  # of i from 0 to below {count}
    ordered_id: str  # version 7 of {ms} and {n}
    derived_id: str  # version 8 of {ms}
    moment: str  # of {ms}
    json: str  # of {text}


SQLITE = Dialect(
    series="WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count} - 1)",
    ordered_id="printf('%012x70008%015x', {ms}, {n})",
    derived_id="printf('%012x80008', {ms}) || lower(substr(hex(randomblob(8)), 1, 15))",
    moment="strftime('%Y-%m-%d %H:%M:%f', ({ms}) / 1000.0, 'unixepoch')",
    json="{text}",
)
POSTGRES = Dialect(
    series="WITH s AS (SELECT i FROM generate_series(0::bigint, {count} - 1) AS i)",
    ordered_id="(lpad(to_hex({ms}), 12, '0') || '70008' || lpad(to_hex({n}), 15, '0'))::uuid",
    derived_id="(lpad(to_hex({ms}), 12, '0') || '80008' || substr(md5(i::text), 1, 15))::uuid",
    moment="to_timestamp(({ms}) / 1000.0)",
    json="({text})::jsonb",
)


def fill_history(count: int) -> None:
    """`count` finished deliveries and PENDING others, for the two saved tasks that are there."""
    dialect = SQLITE if connection.vendor == "sqlite" else POSTGRES
    tasks = list(SegmentTask.objects.order_by("pk"))
    total = count + PENDING
    now = timezone.now()
    submissions = _submission_columns(dialect, tasks[0], _milliseconds(now, total, "i"))
    attempts = _attempt_columns(dialect, _milliseconds(now, total, f"(i * {TOGETHER} / 2)"))
    with bulk_writing():
        _insert(Attempt, dialect.series.format(count=-(-total // TOGETHER)), "s", attempts)
        first = Attempt.objects.order_by("pk").values_list("pk", flat=True)[0]
        deliveries = _delivery_columns(dialect, tasks, _milliseconds(now, total, "(i / 2)"), total, first)
        _insert(Submission, dialect.series.format(count=total // 2), "s", submissions)
        _insert(Delivery, dialect.series.format(count=total), "s", deliveries)


def _milliseconds(now: datetime, total: int, n: str) -> str:
    """When submission `n` came in: the old ones long ago, the others evenly up to `now`."""
    old = int((now - timedelta(days=OLD_DAYS)).timestamp() * 1000)
    since = int((now - timedelta(days=DAYS)).timestamp() * 1000)
    step = DAYS * 86_400_000 // max(1, total // 2)
    return f"(CASE WHEN {n} < {OLD // 2} THEN {old} + {n} ELSE {since} + CAST({n} AS bigint) * {step} END)"


def _submission_columns(dialect: Dialect, task: SegmentTask, ms: str) -> dict[str, str]:
    moment = dialect.moment.format(ms=ms)
    answers = """'{"email":"p' || i || '@example.com","name":"Person","score":' || (i % 11) || '}'"""
    return {
        "id": dialect.ordered_id.format(ms=ms, n="i"),
        "brand_id": str(task.workflow.brand_id),
        "survey_id": str(task.workflow.survey_id),
        "received_at": moment,
        "planned_at": moment,
        "answers": dialect.json.format(text=answers),
    }


def _delivery_columns(
    dialect: Dialect, tasks: list[SegmentTask], ms: str, total: int, first_attempt: int
) -> dict[str, str]:
    first, second = tasks
    moment = dialect.moment.format(ms=ms)
    owed = f"i >= {total - PENDING}"
    untried = f"{owed} OR {SHARE} >= 98"
    event = json.dumps({"type": "identify", "traits": {"name": "Person", "comment": "It took minutes. " * 6}})

    def of_task(name: str) -> str:
        return f"CASE WHEN i % 2 = 0 THEN {getattr(first, name)} ELSE {getattr(second, name)} END"

    return {
        "id": dialect.derived_id.format(ms=ms),
        "brand_id": str(first.workflow.brand_id),
        "submission_id": dialect.ordered_id.format(ms=ms, n="(i / 2)"),
        "workflow_id": str(first.workflow_id),
        "task_id": of_task("pk"),
        "revision_id": of_task("current_revision_id"),
        "source_id": of_task("source_id"),
        "region": f"'{first.region}'",
        "status": f"CASE WHEN {owed} THEN 'pending' WHEN {SHARE} < 92 THEN 'accepted' "
        f"WHEN {SHARE} < 96 THEN 'rejected' WHEN {SHARE} < 98 THEN 'failed' ELSE 'skipped' END",
        "reason": f"CASE WHEN {owed} OR {SHARE} < 92 THEN '' WHEN {SHARE} < 96 THEN 'segment_refused' "
        f"WHEN {SHARE} < 98 THEN 'gave_up' ELSE 'task_off' END",
        "body": f"'{event}'",
        "attempt_count": f"CASE WHEN {untried} THEN 0 ELSE 1 END",
        "attempt_keys": f"CASE WHEN {untried} THEN '' ELSE ({first_attempt} + i / {TOGETHER}) || ' ' END",
        "next_attempt_at": moment,
        "created_at": moment,
        "finished_at": f"CASE WHEN {owed} THEN NULL ELSE {moment} END",
    }


def _attempt_columns(dialect: Dialect, ms: str) -> dict[str, str]:
    return {
        "id": "",
        "started_at": dialect.moment.format(ms=ms),
        "duration_ms": "40",
        "outcome": "'accepted'",
        "status_code": "200",
        "answer": """'{"success": true}'""",
        "batch_size": str(TOGETHER),
    }


def _insert(model: type[models.Model], series: str, rows: str, columns: Mapping[str, str]) -> None:
    """Columns that are not given get their field's default; "" is left to the database."""
    names, values, parameters = [], [], []
    for column in model._meta.local_concrete_fields:
        expression = columns.get(column.attname)
        if expression == "":
            continue
        names.append(f'"{column.column}"')
        values.append(expression or "%s")
        if expression is None:
            parameters.append(_default_of(column))
    table = model._meta.db_table
    chosen = ", ".join(value if value == "%s" else value.replace("%", "%%") for value in values)
    with connection.cursor() as cursor:
        statement = f"{series} SELECT {chosen} FROM {rows}"
        cursor.execute(f'INSERT INTO "{table}" ({", ".join(names)}) {statement}', parameters)


def _default_of(column: models.Field[Any, Any]) -> Any:
    return column.get_db_prep_save(column.get_default(), connection)


@contextmanager
def bulk_writing() -> Iterator[None]:
    """Foreign keys unchecked and, in PostgreSQL, indexes made afterwards: minutes instead of an hour."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size = -1000000")
            with connection.constraint_checks_disabled():
                yield
            return
        cursor.execute("SET session_replication_role = replica")  # the checks are triggers
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        made_again = _drop_indexes(cursor)
        yield
        for definition in made_again:
            cursor.execute(definition)
        for model in (Submission, Delivery, Attempt):
            cursor.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')
        cursor.execute("CHECKPOINT")


def _drop_indexes(cursor: Any) -> list[str]:
    """Those that are no constraint; their definitions."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
        "(SELECT conname FROM pg_constraint)",
        [[model._meta.db_table for model in (Submission, Delivery, Attempt)]],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
