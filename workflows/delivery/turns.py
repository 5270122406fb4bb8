"""Planning by one process at a time, over all hosts (PostgreSQL): so events are owed in the order received.

Two that plan at once would finish in any order, and a source would be sent the later submissions first.
"""

from __future__ import annotations

from django.db import connection, transaction

from workflows.delivery.plan import plan_submissions

# An advisory lock's number: any, below 2**32, the same in all processes that share a database.
TURN = 0x7472_6962

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
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        if cursor.fetchone()[0]:
            return True
        cursor.execute(_SOMEBODY_WAITS, [TURN])
        if cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        return True
