"""A request's use of its thread's own connection: seldom on the short way, where nobody else closes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection


@contextmanager
def connection_in_use() -> Iterator[None]:
    """As around a request: a connection that is broken or too old is closed, before and after.

    Not inside a transaction of the caller's own (a test's), which would end with its connection.
    """
    if connection.in_atomic_block:
        yield
        return
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()
