"""The outbox: deliveries are claimed under a lease, sent, and recorded, in this order.

No request is made inside a transaction, and marking comes after sending: whoever dies in between causes a
second send with the same message id, never none. The database is the queue; any number of workers may call
these functions at once.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.secrets import source_write_keys
from segment.tracking import Answer, TrackingApi
from workflows.delivery.again import SendAgain, send_again
from workflows.delivery.batches import Batch, Claimed, Report, group
from workflows.delivery.record import postpone, record, reject
from workflows.delivery.split import send_in_parts
from workflows.metrics.catalogue import LEASES_EXPIRED
from workflows.metrics.counts import Counts, write_counts
from workflows.models import Delivery, DeliveryStatus

__all__ = [
    "Batch",
    "Claimed",
    "Report",
    "SendAgain",
    "claim",
    "due_sources",
    "give_back_expired",
    "group",
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
    SELECT MIN(source_id) FROM {table} WHERE status = 'pending'
    UNION ALL
    SELECT (SELECT MIN(d.source_id) FROM {table} d
            WHERE d.status = 'pending' AND d.source_id > owed.source_id)
    FROM owed WHERE owed.source_id IS NOT NULL
), due AS (
    SELECT source_id,
           (SELECT MIN(d.next_attempt_at) FROM {table} d
            WHERE d.status = 'pending' AND d.source_id = owed.source_id) AS due_at
    FROM owed WHERE source_id IS NOT NULL
)
SELECT source_id FROM due WHERE due_at <= %s ORDER BY due_at
"""


def due_sources(now: datetime | None = None) -> list[int]:
    """Ids of the sources with deliveries that are due, the longest waiting first. Cheap: call it often."""
    moment = connection.ops.adapt_datetimefield_value(now or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_DUE_SOURCES.format(table=Delivery._meta.db_table), [moment])
        return [source_id for (source_id,) in cursor.fetchall()]


def claim(
    owner: str, limit: int, source_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[Claimed]:
    """Lease to `owner` up to `limit` due deliveries of each source (default: every due one), oldest first.

    No delivery is ever leased to two owners at once.
    """
    now = now or timezone.now()
    chosen = list(due_sources(now) if source_ids is None else source_ids)
    if not chosen:
        return []
    expires_at = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    with transaction.atomic():
        for source_id in chosen:
            Delivery.objects.filter(pk__in=_due(source_id, now)[:limit]).update(
                status=DeliveryStatus.SENDING, lease_owner=owner, lease_expires_at=expires_at
            )
        return _read_claimed(owner, expires_at)


def _due(source_id: int, now: datetime) -> QuerySet[Delivery]:
    due = Delivery.objects.filter(
        status=DeliveryStatus.PENDING, source_id=source_id, next_attempt_at__lte=now
    ).order_by("next_attempt_at", "submission_id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    return due


def _read_claimed(owner: str, expires_at: datetime) -> list[Claimed]:
    # A lease's end, to the microsecond, tells this claim from the owner's earlier ones.
    rows = Delivery.objects.filter(
        status=DeliveryStatus.SENDING, lease_owner=owner, lease_expires_at=expires_at
    ).order_by("next_attempt_at", "submission_id")
    return [
        Claimed(pk, submission_id, source_id, region, body.encode(), attempt_count, give_up_at)
        for pk, submission_id, source_id, region, body, attempt_count, give_up_at in rows.values_list(
            "pk", "submission_id", "source_id", "region", "body", "attempt_count", "give_up_at"
        )
    ]


def renew(owner: str, ids: Iterable[uuid.UUID], now: datetime | None = None) -> int:
    """Prolong the leases of what is still being sent; how many there are."""
    expires_at = (now or timezone.now()) + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    return _leased_to(owner).filter(pk__in=list(ids)).update(lease_expires_at=expires_at)


def release(owner: str) -> int:
    """Give all leases of `owner` back; the tries in progress are not counted. How many there were."""
    return _leased_to(owner).update(**_GIVEN_BACK)


def give_back_expired(now: datetime | None = None) -> int:
    """Make deliveries pending again whose owner died or lost its way; how many there were."""
    expired = Delivery.objects.filter(
        status=DeliveryStatus.SENDING, lease_expires_at__lte=now or timezone.now()
    )
    if not expired.exists():  # a read, so that an idle worker does not write
        return 0
    counts = Counts()
    with transaction.atomic():
        count = expired.update(**_GIVEN_BACK)
        counts.add(LEASES_EXPIRED, count=count)
        write_counts(counts)
    log.warning("leases expired deliveries=%d", count)
    return count


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
