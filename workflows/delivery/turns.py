"""The turn to plan, which one process has at a time, over all hosts (PostgreSQL; see `plan_submissions`).

A worker that is woken often must not have all its processes wait for it: one that waits is enough.
"""

from __future__ import annotations

from django.db import connection, transaction

from workflows.delivery.plan import PLANNER_LOCK, plan_submissions

_SOMEBODY_WAITS = """
SELECT EXISTS (
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def plan_in_turn(limit: int) -> int:
    """Plan up to `limit` submissions; how many there were.

    0, too, while another process has its turn and a third waits for one: who waits will read after this call,
    and so find everything that had been committed before it.
    """
    with transaction.atomic():
        return plan_submissions(limit) if _take_turn() else 0


def _take_turn() -> bool:
    """Until the transaction ends, which no pooler cuts in two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PLANNER_LOCK])
        if cursor.fetchone()[0]:
            return True
        cursor.execute(_SOMEBODY_WAITS, [PLANNER_LOCK])
        if cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNER_LOCK])
        return True
