"""The SQLite installation to move: checked, then held so that nobody else can read or write it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.secret_check import unreadable_secrets
from config.moving.errors import MoveError
from config.moving.tables import Table
from workflows.delivery.backlog import ALIVE_SECONDS, workers

LOCK_SECONDS = 2.0
FETCH_ROWS = 2_000


def check_source() -> Path:
    """The file's path; raises `MoveError` unless it can be moved as it is."""
    if connection.vendor != "sqlite":
        raise MoveError("This installation is not on SQLite. Unset DATABASE_URL to move the one in DATA_DIR.")
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.is_file():
        raise MoveError(f"There is no database at {path}. Is DATA_DIR right?")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MoveError("The database is of an older version. Run `manage.py migrate` first.")
    if workers().alive:
        raise MoveError(
            f"A worker gave a sign of life within {ALIVE_SECONDS:.0f} seconds. Stop Tributary, then move."
        )
    if unreadable := unreadable_secrets():
        raise MoveError(
            f"FIELD_ENCRYPTION_KEY does not decrypt {', '.join(unreadable)}. Put back the key they were "
            "encrypted with: without it they would be lost on PostgreSQL too."
        )
    return path


@contextmanager
def hold(path: Path) -> Iterator[sqlite3.Connection]:
    """The file for us alone; raises `MoveError` while any other process has it open."""
    connection.close()  # ours, too, would be another one
    source = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=LOCK_SECONDS)
    try:
        # In WAL mode whoever has the file open, even idle, keeps a shared lock that this one excludes.
        source.execute("PRAGMA locking_mode = EXCLUSIVE")
        source.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        source.close()
        raise MoveError(f"Another process uses {path} ({error}). Stop Tributary, then move.") from None
    try:
        yield source
    finally:
        source.close()


def count_rows(source: sqlite3.Connection, table: Table) -> int:
    return int(source.execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()[0])  # noqa: S608 (our names)


def read_rows(source: sqlite3.Connection, table: Table) -> Iterator[tuple[object, ...]]:
    """All rows, some thousand at a time."""
    rows = source.execute(f'SELECT {table.column_list} FROM "{table.name}"')  # noqa: S608 (our names)
    while some := rows.fetchmany(FETCH_ROWS):
        yield from some
