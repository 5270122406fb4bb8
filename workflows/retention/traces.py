"""What erased rows leave behind in the database's files.

SQLite: every connection has `secure_delete` on, so deleted rows and freed pages are overwritten with zeros.
The write-ahead log still holds older versions of the pages: a checkpoint that truncates it ends that. Pages
that were rearranged before may keep a copy in their unused part; only VACUUM writes the whole file anew.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.db import OperationalError, connection

from workflows.retention.receipt import Receipt

PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.1


def clear_traces(receipt: Receipt, is_vacuum_wanted: bool) -> None:
    """Make the database's files forget as well, as far as can be; the rest goes into the receipt."""
    if connection.vendor == "postgresql":
        if is_vacuum_wanted:
            _execute("SET statement_timeout = 0")  # as long as it takes
            _execute("VACUUM workflows_submission, workflows_delivery, workflows_attempt")
        else:
            why = "Autovacuum clears them away in time; --vacuum does it at once."
            receipt.left.append(("dead rows of PostgreSQL", why))
        receipt.left.append(("PostgreSQL's write-ahead log and replicas", "They follow by themselves."))
        return
    if is_vacuum_wanted:
        _execute("VACUUM")
    if not _truncate_log():
        why = "Others were reading all the time. Run the command again, or restart Tributary."
        receipt.left.append(("SQLite's write-ahead log", why))
    if not is_vacuum_wanted:
        why = "Pages that were rearranged earlier may hold a copy; --vacuum writes the file anew."
        receipt.left.append(("unused parts of SQLite's pages", why))


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _truncate_log() -> bool:
    """Whether the log could be written into the file and emptied: no reader may be in an older state."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    _set_busy_timeout(0.0)  # whoever waits in SQLite keeps new writers out
    try:
        while time.monotonic() < deadline:
            if _checkpoint():
                return True
            time.sleep(POLL_SECONDS)
        return False
    finally:
        _set_busy_timeout(settings.DATABASES["default"]["OPTIONS"]["timeout"])


def _checkpoint() -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except OperationalError:  # somebody writes
            return False
        return bool(cursor.fetchone()[0] == 0)


def _set_busy_timeout(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {round(seconds * 1_000)}")
