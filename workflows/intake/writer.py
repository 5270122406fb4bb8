"""The one connection of a process that stores submissions, and the group that shares it.

A submission is answered only after `write` returned, and `write` returns only after the commit.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from workflows.delivery.build import describe
from workflows.delivery.wake import announce
from workflows.intake.group import Group, NotWrittenError
from workflows.intake.store import REFUSED_BY_DATABASE, Result, Row, Unstorable, store

log = logging.getLogger(__name__)

# Senders of webhooks give up after 10 seconds and more: they must hear before that.
LOCK_SECONDS = 5.0
WAIT_SECONDS = 7.0
FINISH_SECONDS = 8.0
_RETRY_SECONDS = 0.002
_MILLISECONDS = int(LOCK_SECONDS * 1_000)
_POSTGRESQL = {"connect_timeout": int(LOCK_SECONDS), "tcp_user_timeout": _MILLISECONDS}
_POSTGRESQL_TIMEOUTS = f"-c statement_timeout={_MILLISECONDS} -c lock_timeout={_MILLISECONDS}"

T = TypeVar("T")


class Writer:
    """The writer of a process. Opens its connection when it is first needed, and again after trouble."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._connection: BaseDatabaseWrapper | None = None
        self._group: Group[Row, Result] = Group(self._write_group, _log_error, WAIT_SECONDS, FINISH_SECONDS)

    @property
    def is_of_this_process(self) -> bool:
        return self._pid == os.getpid()

    def write(self, row: Row) -> Result:
        """Committed, or told why not, when this returns. Raises NotWrittenError."""
        return self._group.write(row)

    def close(self) -> None:
        """Give the connection up; the next write opens another."""
        used, self._connection = self._connection, None
        if used is not None:
            used.close()

    def _write_group(self, rows: Sequence[Row], since: float) -> list[Result]:
        deadline = since + LOCK_SECONDS
        try:
            results = self._try_twice(rows, deadline)
        except REFUSED_BY_DATABASE:
            # One of them is to blame, and the others shall not suffer for it.
            results = [self._write_alone(row, deadline) for row in rows]
        announce(self._connection)
        return results

    def _write_alone(self, row: Row, deadline: float) -> Result:
        try:
            [result] = self._try_twice([row], deadline)
        except REFUSED_BY_DATABASE as error:
            log.error("the database did not take a submission: %s", describe(error))
            return Unstorable(type(error).__name__)
        return result

    def _try_twice(self, rows: Sequence[Row], deadline: float) -> list[Result]:
        """A connection that broke, at the latest while it was not used, is no reason to refuse anything."""
        is_new = self._connection is None
        try:
            return self._try(rows, deadline)
        except (OperationalError, InterfaceError):
            used, is_sqlite = self._connection, self._connection and self._connection.vendor == "sqlite"
            is_lost = used is not None and not is_sqlite and not used.is_usable()
            self.close()
            if is_new or not is_lost:
                raise
        return self._try(rows, deadline)

    def _try(self, rows: Sequence[Row], deadline: float) -> list[Result]:
        if self._connection is None:
            self._connection = open_connection()
        with in_transaction(self._connection, deadline):
            return store(rows, self._connection)


def write(row: Row) -> Result:
    """Store `row` with whoever else waits; committed when this returns. Raises NotWrittenError.

    Inside a transaction of the caller's own (a test's) it is stored in that one.
    """
    return _write_inside(row) if connection.in_atomic_block else _writer().write(row)


def _write_inside(row: Row) -> Result:
    try:
        with transaction.atomic():
            [result] = store([row], connection)
    except Error as error:
        _log_error(error)
        raise NotWrittenError from error
    transaction.on_commit(announce)
    return result


def close() -> None:
    """Close this process's connection, if there is one."""
    _writer().close()


_writers: list[Writer] = []


def _writer() -> Writer:
    """The process's own, not the one that its parent had when it forked."""
    if not _writers or not _writers[0].is_of_this_process:
        _writers[:] = [Writer()]
    return _writers[0]


def open_connection() -> BaseDatabaseWrapper:
    """One of its own, for whichever thread is the writer; not from a pool, and with bounded waits."""
    used = connection.copy()
    used.inc_thread_sharing()
    options = used.settings_dict["OPTIONS"]
    if used.vendor == "postgresql":
        options.pop("pool", None)
        options |= _POSTGRESQL | {"options": f"{options.get('options', '')} {_POSTGRESQL_TIMEOUTS}".strip()}
    else:
        options["timeout"] = 0  # `in_transaction` waits
    return used


@contextmanager
def in_transaction(used: BaseDatabaseWrapper, deadline: float) -> Iterator[None]:
    """Commit at the end; roll back on any error, that of the commit included."""
    used.ensure_connection()
    retry_while_locked(lambda: used.set_autocommit(False, True), deadline)
    try:
        yield
        used.commit()
    except BaseException:
        _roll_back(used)
        raise
    used.set_autocommit(True)


def _roll_back(used: BaseDatabaseWrapper) -> None:
    try:
        used.rollback()
        used.set_autocommit(True)
    except Error:
        used.close()


def retry_while_locked(begin: Callable[[], T], deadline: float) -> T:
    """SQLite's own waiting sleeps up to 100 ms at a time, while others take the lock again and again."""
    while True:
        try:
            return begin()
        except OperationalError as error:
            if not _is_locked(error) or time.monotonic() >= deadline:
                raise
        time.sleep(_RETRY_SECONDS)


def _is_locked(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _log_error(error: Exception) -> None:
    log.error("the database did not take a submission: %s", describe(error))
