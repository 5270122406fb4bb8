"""A call in a thread with a database connection of its own, and whether it waits for a lock (PostgreSQL)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from tests.segment.helpers import wait_until

_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class InThread:
    def __init__(self, call: Callable[[], Any]) -> None:
        self._results: list[Any] = []
        self._thread = threading.Thread(target=self._run, args=[call])
        self._thread.start()

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            self._results.append(call())
        finally:
            connections.close_all()

    def wait_until_blocked(self) -> None:
        def is_blocked() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(_WAITING)
                return bool(cursor.fetchone()[0])

        wait_until(is_blocked)

    def result(self) -> Any:
        self._thread.join(10)
        return self._results[0]


def run_in_thread(call: Callable[[], Any]) -> InThread:
    return InThread(call)
