"""An installation's database as seen from outside: read past Django, and locked against it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg


class Database(Protocol):
    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one SELECT."""
        ...

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No submission can be stored, and no delivery recorded, as long as it lasts."""
        ...


class PostgreSqlDatabase:
    def __init__(self, url: str) -> None:
        self._url = url

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(self._url) as connection:
            while not self._lock(connection):
                connection.rollback()
            yield
            connection.rollback()

    def _lock(self, connection: psycopg.Connection) -> bool:
        """Not where a worker has one of the tables and wants the other."""
        try:
            connection.execute("LOCK TABLE workflows_submission, workflows_delivery IN EXCLUSIVE MODE")
        except psycopg.errors.DeadlockDetected:
            return False
        return True


class SqliteDatabase:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
