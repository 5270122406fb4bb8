"""Storing submissions, many in one transaction, each under the survey as it is in that very transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DataError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from workflows.intake.targets import Target, read_targets, remember
from workflows.models import Submission

_COLUMNS = "id, brand_id, survey_id, received_at, answers, idempotency_key, body_digest"
_INSERT = "INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT DO NOTHING"
_CHUNKS = (128, 64, 32, 16, 8, 4, 2, 1)  # 128 rows have 896 parameters; any SQLite takes 999
_FIND = "SELECT id, body_digest FROM {table} WHERE survey_id = %s AND idempotency_key = %s"
_ONE = "(%s, %s, %s, %s, %s, %s, %s)"

_Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A submission to be stored: `answers` as JSON text, read by the types of `target`."""

    target: Target
    submission_id: uuid.UUID
    received_at: datetime
    answers: str
    key: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is stored: `submission_id`, and whether it had been there before this request."""

    submission_id: uuid.UUID
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Not stored: the survey is another one now than what the row was made for, or None: it was deleted."""

    target: Target | None


@dataclass(frozen=True, slots=True)
class KeyReused:
    """Not stored: its idempotency key was used with other answers."""


@dataclass(frozen=True, slots=True)
class Unstorable:
    """Not stored: the database refused this very row; `error` is the name of its error."""

    error: str


Result = Receipt | Changed | KeyReused | Unstorable


def store(rows: Sequence[Row], using: BaseDatabaseWrapper) -> list[Result]:
    """Insert `rows` in the transaction that `using` is in; a result for each, true once that is committed.

    Storing a row again that was stored before (the answer to a commit was lost) changes nothing.
    """
    targets = read_targets({row.target.submit_key for row in rows}, using, is_locking=True)
    results: dict[uuid.UUID, Result] = {}
    for row in rows:
        target = targets.get(row.target.submit_key)
        if target != row.target:
            remember(row.target.submit_key, target)
            results[row.submission_id] = Changed(target)
    # By key: two processes that insert the same keys in different orders would wait for each other.
    chosen = sorted((row for row in rows if row.submission_id not in results), key=lambda row: row.key or "")
    if chosen and _insert(chosen, using) < len(chosen):
        results |= _find_losers(chosen, using)
    return [results.get(row.submission_id) or Receipt(row.submission_id, False) for row in rows]


def _insert(rows: Sequence[Row], using: BaseDatabaseWrapper) -> int:
    """How many of `rows` were new."""
    adapt = _adapt_utc if using.vendor == "sqlite" else using.ops.adapt_datetimefield_value
    values = [
        (
            row.submission_id.hex,
            row.target.brand_id,
            row.target.survey_id,
            adapt(row.received_at),
            row.answers,
            row.key,
            row.digest,
        )
        for row in rows
    ]
    # One statement is one round trip. On SQLite `executemany` would give the interpreter's lock away at each
    # row, and wait for it behind all other threads; and statements of a few lengths stay prepared.
    chunks: Iterable[list[_Values]] = [values] if using.vendor == "postgresql" else _split(values)
    with using.cursor() as cursor:
        inserted = 0
        for chunk in chunks:
            cursor.execute(_insert_sql(len(chunk)), [value for row in chunk for value in row])
            inserted += int(cursor.rowcount)
    return inserted


def _adapt_utc(moment: datetime) -> str:
    """What Django writes to SQLite for a time in UTC, at a third of the cost."""
    return str(moment).removesuffix("+00:00")


def _split(values: list[_Values]) -> Iterator[list[_Values]]:
    start = 0
    for size in _CHUNKS:
        while len(values) - start >= size:
            yield values[start : start + size]
            start += size


@cache
def _insert_sql(count: int) -> str:
    values = ", ".join([_ONE] * count)
    return _INSERT.format(table=Submission._meta.db_table, columns=_COLUMNS, values=values)


def _find_losers(rows: Sequence[Row], using: BaseDatabaseWrapper) -> dict[uuid.UUID, Result]:
    """Those of `rows` whose key was taken, by another group or within this one, and by whom."""
    losers: dict[uuid.UUID, Result] = {}
    sql = _FIND.format(table=Submission._meta.db_table)
    with using.cursor() as cursor:
        for row in rows:
            if row.key is None:
                continue
            cursor.execute(sql, [row.target.survey_id, row.key])
            found = cursor.fetchone()
            if found is None:
                raise IntegrityError("a row was not stored, and its key is not taken")
            first_id = found[0] if isinstance(found[0], uuid.UUID) else uuid.UUID(found[0])
            if first_id != row.submission_id:
                is_same = found[1] == row.digest
                losers[row.submission_id] = Receipt(first_id, is_duplicate=True) if is_same else KeyReused()
    return losers


REFUSED_BY_DATABASE = (IntegrityError, DataError)
