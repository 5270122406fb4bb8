"""Wake-ups through PostgreSQL: NOTIFY to every worker that LISTENs, on whichever machine.

A pooler that hands a connection from one transaction to the next (PgBouncer's transaction mode) loses them:
the workers then begin with their next sweep, up to a second later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger(__name__)

CHANNEL = "tributary_due"
# How long `stop` may have to wait, and how often a connection is looked at that hears nothing.
LOOK_SECONDS = 1.0
ASK_SECONDS = 30.0
RECONNECT_SECONDS = 2.0


def notify(wrapper: BaseDatabaseWrapper) -> None:
    """Inside a transaction it is heard with the commit. Raises DatabaseError."""
    with wrapper.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


class NotifyListener:
    """Calls `on_wake` after notifications, and whenever it has connected: what it did not hear is due too."""

    def __init__(self, connection_params: dict[str, Any], on_wake: Callable[[], None]) -> None:
        self._params = connection_params | {"autocommit": True, "application_name": "tributary wake"}
        self._on_wake = on_wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(LOOK_SECONDS + 1)

    def _run(self) -> None:
        import psycopg

        while not self._stopping.is_set():
            try:
                with psycopg.connect(**self._params) as connection:
                    self._listen(connection)
            except psycopg.Error as error:
                log.warning("no wake-ups, connecting again: %s", type(error).__name__)
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self, connection: Any) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._on_wake()
        asked_at = time.monotonic()
        while not self._stopping.is_set():
            for _notification in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                self._on_wake()
            if time.monotonic() - asked_at > ASK_SECONDS:
                connection.execute("SELECT 1")  # a connection that broke unheard is found out
                asked_at = time.monotonic()
