"""Which sources the workers were asked to drain: one message for each, however often it is due.

A call that nobody has answered after CALL_SECONDS is made again: its message was lost. A message without a
call is a double, and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from workflows.models import DrainCall

CALL_SECONDS = 10

# By the database's clock, which all hosts share; a call from the future was noted before it was put back.
_NOTE = """
INSERT INTO workflows_draincall AS call (source_id, asked_at)
SELECT source_id, clock_timestamp() FROM unnest(%s::bigint[]) AS source_id
ON CONFLICT (source_id) DO UPDATE SET asked_at = excluded.asked_at
WHERE call.asked_at NOT BETWEEN excluded.asked_at - %s * interval '1 second' AND excluded.asked_at
RETURNING source_id
"""


def note_calls(source_ids: Iterable[int]) -> set[int]:
    """Note that these sources are to be drained; those for which no message is under way yet."""
    ordered = sorted(set(source_ids))  # two that note at once do not wait for each other in a circle
    if not ordered:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [ordered, CALL_SECONDS])
        return {source_id for (source_id,) in cursor.fetchall()}


def take_call(source_id: int) -> bool:
    """Answer the call to drain the source, which may then be made anew; False when somebody has already."""
    return bool(DrainCall.objects.filter(pk=source_id).delete()[0])


def forget_calls(source_ids: Iterable[int]) -> None:
    """No message could be sent for these."""
    DrainCall.objects.filter(pk__in=list(source_ids)).delete()
