"""Whether another submission can be taken, or would be a promise that cannot be kept.

Looked at every few seconds, not with each request; what comes in between is what the limits leave room for.
"""

from __future__ import annotations

import shutil
import threading
import time
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from workflows.delivery.backlog import is_backlog_over
from workflows.intake.housekeeping import connection_in_use

LOOK_SECONDS = 3.0
# With less than this on the disk, a submission may not be committed any more.
MIN_FREE_BYTES = 16 * 1024 * 1024


class Trouble(StrEnum):
    """Why nothing is taken."""

    NONE = ""
    DISK_FULL = "disk_full"
    BACKLOG_FULL = "backlog_full"


def find_trouble() -> Trouble:
    """As it is now. Raises django.db.Error when the database does not answer."""
    if free_bytes() < MIN_FREE_BYTES:
        return Trouble.DISK_FULL
    return Trouble.BACKLOG_FULL if is_backlog_over(settings.MAX_BACKLOG) else Trouble.NONE


def free_bytes() -> float:
    """Bytes free where the SQLite file is; without end for a database elsewhere."""
    folder = Path(str(connection.settings_dict["NAME"])).parent
    if connection.vendor != "sqlite" or not folder.is_dir():
        return float("inf")
    return shutil.disk_usage(folder).free


class Gauge:
    """What was found lately. The request that looks anew waits for it, the others go by the last look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trouble = Trouble.NONE
        self._look_at = 0.0

    def read(self) -> Trouble:
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                with connection_in_use():
                    self._trouble = find_trouble()
            except Error:
                self._trouble = Trouble.NONE  # the writer meets the same error, and says so
            finally:
                self._look_at = time.monotonic() + LOOK_SECONDS
                self._lock.release()
        return self._trouble

    def forget(self) -> None:
        """Look anew with the next request."""
        self._look_at = 0.0


gauge = Gauge()
