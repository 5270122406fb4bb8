"""A look into an installation's database from outside, in either kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from benchmarks.installation import Installation

Ask = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def asking(installation: Installation) -> Iterator[Ask]:
    """A function that runs a statement on a connection of its own and returns the rows."""
    if installation.database_url:
        with psycopg.connect(installation.database_url, autocommit=True) as server:
            yield lambda statement: server.execute(statement).fetchall()
        return
    with closing(sqlite3.connect(installation.database, timeout=20, isolation_level=None)) as file:
        yield lambda statement: file.execute(statement).fetchall()


def owes_nothing(ask: Ask) -> bool:
    """Nothing is unplanned or pending; each look is into a partial index."""
    looks = (
        "SELECT 1 FROM workflows_submission WHERE planned_at IS NULL LIMIT 1",
        "SELECT 1 FROM workflows_delivery WHERE status = 'pending' LIMIT 1",
    )
    return not any(ask(look) for look in looks)
