"""A web server's process writes what it has counted in memory every few seconds, and once more at its end."""

from __future__ import annotations

import logging
import threading
from multiprocessing.util import Finalize

log = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0


def start_flusher(seconds: float = FLUSH_SECONDS) -> threading.Event:
    """In each process that serves requests; what is returned stops it. Who counted nothing writes nothing."""
    stopped = threading.Event()
    threading.Thread(target=_flush_until, args=[stopped, seconds], name="flusher", daemon=True).start()
    # Not `atexit`, which the processes that the server starts do not reach.
    Finalize(None, flush, exitpriority=0)
    return stopped


def _flush_until(stopped: threading.Event, seconds: float) -> None:
    while not stopped.wait(seconds):
        flush()


def flush() -> None:
    """Write the counts; without its database a process keeps them and goes on."""
    # Not before Django is set up: the server's own process starts this first.
    from django.db import connection

    from workflows.metrics.counts import TALLY

    try:
        TALLY.flush()
    except Exception as error:
        log.warning("counts not written yet: %s", type(error).__name__)
    finally:
        connection.close()  # on PostgreSQL it would be one that nobody else can use
