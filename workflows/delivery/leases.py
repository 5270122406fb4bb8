"""Leases: who sends which deliveries right now. A claim makes one, and the last record of it ends it.

Every function may be called by any number of workers at once. Whoever takes from a lease holds its row until
the transaction ends, so a worker that was given up for dead cannot record beside the one that came after it.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from workflows.delivery.bulk import ids_query, ids_value, write_time
from workflows.delivery.owners import is_gone
from workflows.metrics.catalogue import LEASES_EXPIRED
from workflows.metrics.counts import Counts, write_counts
from workflows.models import CLOCK_TOLERANCE, Lease

log = logging.getLogger(__name__)


def make_lease(owner: str, source_id: int, delivery_ids: Sequence[str], now: datetime) -> int:
    """Its key. `delivery_ids` are 32 hex digits each."""
    lease = Lease.objects.create(
        owner=owner,
        source_id=source_id,
        expires_at=_end(now),
        delivery_ids=json.dumps(delivery_ids),
        unrecorded=len(delivery_ids),
    )
    return lease.pk


def leased_ids(source_id: int) -> list[str]:
    """The deliveries of the source that somebody sends, 32 hex digits each."""
    texts = Lease.objects.filter(source_id=source_id).values_list("delivery_ids", flat=True)
    return [pk for text in texts for pk in json.loads(text)]


def count_leases(source_id: int) -> int:
    return Lease.objects.filter(source_id=source_id).count()


def take_from(owner: str, counts: Counter[int]) -> set[int]:
    """Take so many deliveries from each lease, to record them; those leases that `owner` still holds."""
    held = set()
    for lease, count in sorted(counts.items()):  # in one order: two workers never wait in a circle
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE workflows_lease SET unrecorded = unrecorded - %s WHERE id = %s AND owner = %s "
                "RETURNING unrecorded",
                [count, lease, owner],
            )
            row = cursor.fetchone()
        if row is None:
            log.warning("leases lost owner=%s deliveries=%d", owner, count)
            continue
        held.add(lease)
        if row[0] == 0:
            Lease.objects.filter(pk=lease).delete()
    return held


def renew(owner: str, leases: Iterable[int], now: datetime | None = None) -> int:
    """Prolong the leases of what is still being sent; how many there are."""
    mine = Lease.objects.filter(owner=owner, pk__in=list(leases))
    return mine.update(expires_at=_end(now or timezone.now()))


def release(owner: str) -> int:
    """Give all leases of `owner` back; the tries in progress are not counted. How many deliveries."""
    with transaction.atomic():
        return _remove(Q(owner=owner))


def give_back_expired(now: datetime | None = None) -> int:
    """End the leases of workers that died or lost their way; how many deliveries wait again.

    A lease that ends later than any can has been given before the clock was put back.
    """
    now = now or timezone.now()
    latest = _end(now) + CLOCK_TOLERANCE
    lost = Q()
    for pk, owner, expires_at in Lease.objects.values_list("pk", "owner", "expires_at"):
        # A read, so that an idle worker does not write.
        if is_gone(owner):
            lost |= Q(pk=pk)
        elif not now < expires_at <= latest:
            lost |= Q(pk=pk, expires_at=expires_at)  # it was not renewed meanwhile
    if not lost:
        return 0
    counts = Counts()
    with transaction.atomic():
        count = _remove(lost, due_at=now)
        counts.add(LEASES_EXPIRED, count=count)
        write_counts(counts)
    if count:  # else another worker was quicker
        log.warning("leases expired deliveries=%d", count)
    return count


def _remove(chosen: Q, due_at: datetime | None = None) -> int:
    """How many deliveries were not recorded. Whoever records one holds the lease first, as here."""
    leases = list(Lease.objects.select_for_update().filter(chosen).order_by("pk"))
    if due_at:
        _make_due([pk for lease in leases for pk in json.loads(lease.delivery_ids)], due_at)
    Lease.objects.filter(pk__in=[lease.pk for lease in leases]).delete()
    return sum(lease.unrecorded for lease in leases)


def _make_due(delivery_ids: Iterable[str], now: datetime) -> None:
    """What was due when it was claimed is so still, whatever became of the clock since."""
    moment = write_time(now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_delivery SET next_attempt_at = %s "
            f"WHERE id IN ({ids_query()}) AND status = 'pending' AND next_attempt_at > %s",
            [moment, ids_value(delivery_ids), moment],
        )


def _end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
