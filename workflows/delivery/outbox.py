"""The outbox: deliveries are claimed under a lease, sent, and recorded, in this order.

No request is made inside a transaction, and marking comes after sending: whoever dies in between causes a
second send with the same message id, never none. The database is the queue; any number of workers may call
these functions at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.secrets import source_write_keys
from segment.tracking import Answer, TrackingApi
from workflows.delivery.again import SendAgain, send_again
from workflows.delivery.batches import Batch, Claimed, Report, group
from workflows.delivery.breaker import claimable
from workflows.delivery.bulk import hex_id, ids_query, ids_value, is_sqlite, read_time, write_time
from workflows.delivery.leases import give_back_expired, leased_ids, make_lease, release, renew
from workflows.delivery.record import postpone, record, reject
from workflows.delivery.split import send_in_parts
from workflows.models import CLOCK_TOLERANCE, Delivery, DeliveryStatus

__all__ = [
    "Batch",
    "Claimed",
    "Report",
    "SendAgain",
    "claim",
    "due_sources",
    "give_back_expired",
    "group",
    "make_waiting_due",
    "postpone",
    "read_write_key",
    "record",
    "reject",
    "release",
    "renew",
    "send",
    "send_again",
]

# The sources that are owed something and are due: one look into the index `delivery_due` for each, however
# long the backlog is (a loose index scan, which neither SQLite nor PostgreSQL does by itself).
_DUE_SOURCES = """
WITH RECURSIVE owed(source_id) AS (
    SELECT MIN(source_id) FROM workflows_delivery WHERE status = 'pending'
    UNION ALL
    SELECT (SELECT MIN(d.source_id) FROM workflows_delivery d
            WHERE d.status = 'pending' AND d.source_id > owed.source_id)
    FROM owed WHERE owed.source_id IS NOT NULL
), due AS (
    SELECT source_id,
           (SELECT MIN(d.next_attempt_at) FROM workflows_delivery d
            WHERE d.status = 'pending' AND d.source_id = owed.source_id) AS due_at
    FROM owed WHERE source_id IS NOT NULL
)
SELECT source_id FROM due
WHERE due_at <= %s AND NOT EXISTS (
    SELECT 1 FROM workflows_sourcestate s
    WHERE s.source_id = due.source_id AND s.held_until > %s AND s.changed_at <= %s
) AND (SELECT COUNT(*) FROM workflows_lease l WHERE l.source_id = due.source_id) < %s
ORDER BY due_at
"""

# The oldest first, but for those that `leased` names.
_DUE = """
SELECT {id}, {submission_id}, region, {body}, attempt_count, CAST(give_up_at AS TEXT)
FROM workflows_delivery
WHERE status = 'pending' AND source_id = %s AND next_attempt_at <= %s {leased}
ORDER BY next_attempt_at, workflows_delivery.submission_id LIMIT %s
"""


def due_sources(now: datetime | None = None) -> list[int]:
    """Ids of the sources with deliveries that are due, the longest waiting first.

    Not those that rest, nor those that as many send to as may. Cheap: call it often.
    """
    now = now or timezone.now()
    moment, latest = write_time(now), write_time(now + CLOCK_TOLERANCE)
    with connection.cursor() as cursor:
        cursor.execute(_DUE_SOURCES, [moment, moment, latest, settings.DELIVERY_SOURCE_CONCURRENCY])
        return [source_id for (source_id,) in cursor.fetchall()]


def claim(
    owner: str, limit: int, source_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[Claimed]:
    """Lease to `owner` up to `limit` due deliveries of each source (default: every due one), oldest first.

    No delivery is ever in two leases at once, and no source in more than DELIVERY_SOURCE_CONCURRENCY.
    """
    now = now or timezone.now()
    claimed: list[Claimed] = []
    for source_id in due_sources(now) if source_ids is None else source_ids:
        with transaction.atomic():
            if allowed := claimable(source_id, limit, now):
                claimed += _claim(owner, source_id, allowed, now)
    return claimed


def _claim(owner: str, source_id: int, limit: int, now: datetime) -> list[Claimed]:
    rows = _read_due(source_id, limit, now)
    if not rows:
        return []
    lease = make_lease(owner, source_id, [row[0] for row in rows], now)
    moments = {text: read_time(text) for text in {row[-1] for row in rows}}  # few: planned together
    return [
        Claimed(lease, pk, submission_id, source_id, region, body, count, moments[give_up_at])
        for pk, submission_id, region, body, count, give_up_at in rows
    ]


def _read_due(source_id: int, limit: int, now: datetime) -> list[tuple[Any, ...]]:
    params: list[Any] = [source_id, write_time(now)]
    leased = leased_ids(source_id)
    if leased:
        params.append(ids_value(leased))
    with connection.cursor() as cursor:
        cursor.execute(due_query(is_leased=bool(leased)), [*params, limit])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def due_query(is_leased: bool) -> str:
    """The statement of a claim. `is_leased`: others send to the source, too; what they have is left out."""
    return _DUE.format(
        id=hex_id("id"),
        submission_id=hex_id("submission_id"),
        # As the driver takes them over without a look at each.
        body="CAST(body AS BLOB)" if is_sqlite() else "convert_to(body, 'UTF8')",
        leased=f"AND id NOT IN ({ids_query()})" if is_leased else "",
    )


def make_waiting_due(now: datetime | None = None) -> int:
    """After the clock was put back: what waits is due now, not when the clock is there again. How many.

    A wait for Segment that is cut short by this is not: the source's breaker keeps it.
    """
    now = now or timezone.now()
    ahead = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_attempt_at__gt=now)
    return ahead.update(next_attempt_at=now) if ahead.exists() else 0


def read_write_key(source_id: int) -> str:
    """The source's write key, "" when it has none any more. Raises `SecretUnreadableError`."""
    return source_write_keys({source_id}).get(source_id, "")


def send(
    batch: Batch, write_key: str, api: TrackingApi, should_stop: Callable[[], bool] = lambda: False
) -> Report:
    """Send a batch to its source; a refused one in parts, until the guilty event stands alone.

    `api` is that of the batch's region. Uses no database; never raises for trouble on the way.
    """

    def post(events: list[bytes]) -> Answer:
        return api.send_batch(write_key, events, datetime.now(UTC))

    return send_in_parts(batch, post, should_stop)
