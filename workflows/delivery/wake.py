"""Waking the workers: whoever makes something due announces it, and a worker begins within milliseconds.

| where it runs                    | how it is announced                                            |
|----------------------------------|----------------------------------------------------------------|
| SQLite                           | a datagram to each worker's Unix socket in DATA_DIR/wake       |
| PostgreSQL                       | NOTIFY, for which each worker LISTENs                          |
| whoever calls `announce_through` | that, at most every ANNOUNCE_SECONDS and never in the caller's way |

An announcement carries nothing and promises nothing: one that is lost costs a worker's next sweep, a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from workflows.delivery.messenger import Messenger
from workflows.delivery.wake_notify import NotifyListener, notify
from workflows.delivery.wake_sockets import SocketListener, send_to_all

log = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 0.05

_messengers: list[Messenger] = []


class Listener(Protocol):
    """Calls its `on_wake`, in a thread of its own, after announcements: once for several is enough."""

    def stop(self) -> None: ...


def announce(using: BaseDatabaseWrapper | None = None) -> None:
    """Tell the workers that something is due; after the commit, or nobody will find it.

    Never raises and hardly takes time. `using`: another connection than this thread's own.
    """
    if _messengers:
        _messengers[0].call_soon()
    elif (using or connection).vendor == "postgresql":
        try:
            notify(using or connection)
        except Error as error:
            log.warning("workers not woken: %s", type(error).__name__)
    else:
        send_to_all(wake_folder())


def announce_through(send: Callable[[], None]) -> None:
    """From now on announcements of this process are calls of `send`: a message to a broker.

    They are made in a thread of their own: a broker that hangs delays nobody. What it raises is logged.
    """
    _messengers[:] = [Messenger(send, ANNOUNCE_SECONDS)]


def listen(name: str, on_wake: Callable[[], None]) -> Listener:
    """Have `on_wake` called after announcements, for the worker called `name`."""
    if connection.vendor == "postgresql":
        return NotifyListener(connection.get_connection_params(), on_wake)
    return SocketListener(wake_folder(), name, on_wake)


def wake_folder() -> Path:
    return _wake_folder(settings.DATA_DIR)


@cache
def _wake_folder(data_dir: str | Path) -> Path:
    """Made once: to put a path together takes as long as to send a byte, and intake waits for both."""
    return Path(data_dir) / "wake"
