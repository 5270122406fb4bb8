"""The outbox: deliveries are claimed under a lease, sent, and recorded, in this order.

No request is made inside a transaction, and marking comes after sending: whoever dies in between causes a
second send with the same message id, never none. The database is the queue; any number of workers may call
these functions at once.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Least
from django.utils import timezone

from accounts.secrets import source_write_keys
from segment.tracking import Answer, TrackingApi
from workflows.delivery.again import SendAgain, send_again
from workflows.delivery.batches import Batch, Claimed, Report, group
from workflows.delivery.breaker import claimable
from workflows.delivery.bulk import among, is_sqlite, read_time, read_uuid, write_time
from workflows.delivery.owners import is_gone
from workflows.delivery.record import postpone, record, reject
from workflows.delivery.split import send_in_parts
from workflows.metrics.catalogue import LEASES_EXPIRED
from workflows.metrics.counts import Counts, write_counts
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

log = logging.getLogger(__name__)

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
)
ORDER BY due_at
"""

_DUE = """
WHERE status = 'pending' AND source_id = %s AND next_attempt_at <= %s
ORDER BY next_attempt_at, submission_id LIMIT %s
"""
_CLAIM = """
UPDATE workflows_delivery SET status = 'sending', lease_owner = %s, lease_expires_at = %s
WHERE {chosen}
RETURNING id, submission_id, source_id, region, body, attempt_count, give_up_at
"""
# By rowid, which spares SQLite the way through the primary key's own index.
_CLAIM_SQLITE = _CLAIM.format(chosen=f"rowid IN (SELECT rowid FROM workflows_delivery {_DUE})")
_CLAIM_POSTGRESQL = _CLAIM.format(
    chosen=f"id IN (SELECT id FROM workflows_delivery {_DUE} FOR UPDATE SKIP LOCKED)"
)


def due_sources(now: datetime | None = None) -> list[int]:
    """Ids of the sources with deliveries that are due, the longest waiting first; not those that rest.

    Cheap: call it often.
    """
    now = now or timezone.now()
    moment, latest = write_time(now), write_time(now + CLOCK_TOLERANCE)
    with connection.cursor() as cursor:
        cursor.execute(_DUE_SOURCES, [moment, moment, latest])
        return [source_id for (source_id,) in cursor.fetchall()]


def claim(
    owner: str, limit: int, source_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[Claimed]:
    """Lease to `owner` up to `limit` due deliveries of each source (default: every due one), oldest first.

    No delivery is ever leased to two owners at once, and no source to more than DELIVERY_SOURCE_CONCURRENCY.
    """
    now = now or timezone.now()
    claimed: list[Claimed] = []
    for source_id in due_sources(now) if source_ids is None else source_ids:
        with transaction.atomic():
            if allowed := claimable(owner, source_id, limit, now):
                claimed += _claim(owner, source_id, allowed, now)
    return claimed


def _claim(owner: str, source_id: int, limit: int, now: datetime) -> list[Claimed]:
    expires_at = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM_SQLITE if is_sqlite() else _CLAIM_POSTGRESQL,
            [owner, write_time(expires_at), source_id, write_time(now), limit],
        )
        rows = cursor.fetchall()
    return [_read_claimed(row) for row in sorted(rows, key=itemgetter(1))]  # by submission: as received


def _read_claimed(row: Sequence[Any]) -> Claimed:
    pk, submission_id, source_id, region, body, attempt_count, give_up_at = row
    return Claimed(
        read_uuid(pk),
        read_uuid(submission_id),
        source_id,
        region,
        body.encode(),
        attempt_count,
        read_time(give_up_at),
    )


def renew(owner: str, ids: Iterable[uuid.UUID], now: datetime | None = None) -> int:
    """Prolong the leases of what is still being sent; how many there are."""
    expires_at = (now or timezone.now()) + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    return _leased_to(owner).filter(pk__in=among(ids)).update(lease_expires_at=expires_at)


def release(owner: str) -> int:
    """Give all leases of `owner` back; the tries in progress are not counted. How many there were."""
    return _leased_to(owner).update(**_GIVEN_BACK)


def give_back_expired(now: datetime | None = None) -> int:
    """Make deliveries pending again whose owner died or lost its way; how many there were.

    A lease that ends later than any can has been given before the clock was put back.
    """
    now = now or timezone.now()
    latest = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS) + CLOCK_TOLERANCE
    sending = Delivery.objects.filter(status=DeliveryStatus.SENDING)
    leases = sending.values_list("lease_owner").annotate(Min("lease_expires_at"), Max("lease_expires_at"))
    is_over = Q(lease_expires_at=None) | Q(lease_expires_at__lte=now) | Q(lease_expires_at__gt=latest)
    lost = Q()
    for owner, first, last in leases:  # a read, so that an idle worker does not write
        if is_gone(owner):
            lost |= Q(lease_owner=owner)
        elif first is None or first <= now or last > latest:
            lost |= Q(lease_owner=owner) & is_over
    if not lost:
        return 0
    counts = Counts()
    with transaction.atomic():
        # It was due when it was claimed, and is so whatever became of the clock.
        due_at = Least("next_attempt_at", Value(now, output_field=DateTimeField()))
        count = sending.filter(lost).update(**_GIVEN_BACK, next_attempt_at=due_at)
        counts.add(LEASES_EXPIRED, count=count)
        write_counts(counts)
    log.warning("leases expired deliveries=%d", count)
    return count


def make_waiting_due(now: datetime | None = None) -> int:
    """After the clock was put back: what waits is due now, not when the clock is there again. How many.

    A wait for Segment that is cut short by this is not: the source's breaker keeps it.
    """
    now = now or timezone.now()
    ahead = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_attempt_at__gt=now)
    return ahead.update(next_attempt_at=now) if ahead.exists() else 0


_GIVEN_BACK = {"status": DeliveryStatus.PENDING, "lease_owner": "", "lease_expires_at": None}


def _leased_to(owner: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=DeliveryStatus.SENDING, lease_owner=owner)


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
