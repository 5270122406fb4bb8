"""The move: every table in one transaction of the target, counted and compared before it is committed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from django.core.management.color import no_style
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.secret_check import unreadable_secrets
from config.moving.errors import MoveError
from config.moving.refusals import find_refused
from config.moving.source import check_source, count_rows, hold, read_rows
from config.moving.tables import Checksum, Table, tables_to_move
from config.moving.target import clear_made_rows, connect_target, disconnect_target, prepare_target

PROGRESS_ROWS = 50_000
FETCH_ROWS = 2_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """A table as it is in both databases now."""

    name: str
    rows: int
    checksum: str


def move(url: str, has_sessions: bool, progress: Progress) -> list[Moved]:
    """Copy this installation into the PostgreSQL database at `url`; raises `MoveError`.

    Whatever goes wrong, the source is untouched and the target has no rows; it may have empty tables.
    """
    path = check_source()
    tables = tables_to_move(has_sessions)
    try:
        target = connect_target(url)
        with hold(path) as source:
            progress("Looking for what PostgreSQL would refuse")
            if refused := find_refused(source, tables):
                lines = "\n".join(f"  {line}" for line in refused)
                raise MoveError(f"PostgreSQL would refuse these values; mend them first:\n{lines}")
            prepare_target(target)
            moved = _copy_all(source, target, tables, progress)
    except (Error, psycopg.Error) as error:
        # Not its text, which may quote a row.
        raise MoveError(f"PostgreSQL failed on the way ({type(error).__name__}); it has no rows.") from None
    else:
        _analyze(target)
    finally:
        disconnect_target()
    return moved


def _copy_all(
    source: sqlite3.Connection, target: BaseDatabaseWrapper, tables: list[Table], progress: Progress
) -> list[Moved]:
    with transaction.atomic(using=target.alias):
        clear_made_rows(target)
        sums = [_copy(source, target, table, progress) for table in tables]
        _set_sequences(target, tables)
        progress("Comparing what is there now")
        moved = [_compare(target, table, sum_) for table, sum_ in zip(tables, sums, strict=True)]
        if unreadable := unreadable_secrets(target.alias):
            raise MoveError(f"These secrets do not decrypt on PostgreSQL: {', '.join(unreadable)}.")
    return moved


def _copy(
    source: sqlite3.Connection, target: BaseDatabaseWrapper, table: Table, progress: Progress
) -> Checksum:
    total, started, checksum = count_rows(source, table), time.monotonic(), Checksum(table)
    writers = [(n, column.write) for n, column in enumerate(table.columns) if column.write is not None]
    sql = f'COPY "{table.name}" ({table.column_list}) FROM STDIN'
    try:
        with target.cursor() as cursor, cursor.copy(sql) as copy:
            for row in read_rows(source, table):
                checksum.add(row)
                values = list(row)
                for number, write in writers:
                    if values[number] is not None:
                        values[number] = write(values[number])
                copy.write_row(values)
                if checksum.count % PROGRESS_ROWS == 0:
                    progress(_describe(table, checksum.count, total, started))
    except (Error, psycopg.Error, sqlite3.Error, ValueError) as error:
        # Not its text: it quotes the row.
        raise MoveError(f"A row of {table.name} was refused ({type(error).__name__}).") from None
    if total:
        progress(_describe(table, checksum.count, total, started))
    return checksum


def _describe(table: Table, count: int, total: int, started: float) -> str:
    rate = count / max(time.monotonic() - started, 0.001)
    return f"{table.name}: {count:,} of {total:,} rows ({rate:,.0f} a second)"


def _set_sequences(target: BaseDatabaseWrapper, tables: list[Table]) -> None:
    statements = target.ops.sequence_reset_sql(no_style(), [table.model for table in tables])
    with target.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _compare(target: BaseDatabaseWrapper, table: Table, expected: Checksum) -> Moved:
    found = Checksum(table)
    for row in _read_back(target, table):
        found.add(row)
    if (found.count, found.text) != (expected.count, expected.text):
        raise MoveError(
            f"{table.name} differs: {expected.count:,} rows with checksum {expected.text} in SQLite, "
            f"{found.count:,} with {found.text} in PostgreSQL. Nothing was kept there."
        )
    return Moved(table.name, found.count, found.text)


def _read_back(target: BaseDatabaseWrapper, table: Table) -> Iterator[tuple[object, ...]]:
    with target.chunked_cursor() as cursor:  # the server keeps the rows: a million of them are not fetched
        cursor.execute(f'SELECT {table.columns_as_stored} FROM "{table.name}"')  # noqa: S608 (our names)
        while some := cursor.fetchmany(FETCH_ROWS):
            yield from some


def _analyze(target: BaseDatabaseWrapper) -> None:
    """Statistics, so that the first queries are planned well."""
    with target.cursor() as cursor:
        cursor.execute("ANALYZE")
