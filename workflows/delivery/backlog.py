"""How the work stands, for /healthz and /metrics: every number is bounded or read from an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, OuterRef, Subquery
from django.utils import timezone

from accounts.models import Brand
from workflows.models import Delivery, DeliveryStatus, Submission, WorkerBeat, WorkerKind

# A worker beats every 5 seconds.
ALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is owed: submissions not planned yet and deliveries not finished, up to MAX_BACKLOG of each.

    `oldest_seconds` is the time since the oldest of their submissions came in, 0 when nothing is owed.
    """

    pending: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers of each `WorkerKind` gave a sign of life lately.

    `last_seen_seconds` is None when there never was one.
    """

    kinds: Mapping[str, int]
    last_seen_seconds: float | None

    @property
    def alive(self) -> int:
        return sum(self.kinds.values())


def backlog(now: datetime | None = None) -> Backlog:
    now = now or timezone.now()
    unplanned = Submission.objects.filter(planned_at=None)
    oldest = [
        unplanned.order_by("id").values_list("received_at", flat=True).first(),
        _oldest_pending_at(),
    ]
    # By brand, here and below, because that is how the index `delivery_by_status` begins.
    unfinished = Delivery.objects.filter(brand__in=Brand.objects.values("pk"), status=DeliveryStatus.PENDING)
    limit = settings.MAX_BACKLOG  # where intake ends; counting on would take time while there is least of it
    pending = unplanned[:limit].count() + unfinished.values("brand")[:limit].count()
    since = min((moment for moment in oldest if moment), default=now)
    return Backlog(pending, max(0.0, (now - since).total_seconds()))


def is_backlog_over(limit: int) -> bool:
    """Whether more than `limit` submissions and deliveries are not finished; counts no further than that."""
    unplanned = Submission.objects.filter(planned_at=None)[: limit + 1].count()
    if unplanned > limit:
        return True
    unfinished = Delivery.objects.filter(brand__in=Brand.objects.values("pk"), status=DeliveryStatus.PENDING)
    return unplanned + unfinished.values("brand")[: limit + 1 - unplanned].count() > limit


def workers(now: datetime | None = None) -> Workers:
    now = now or timezone.now()
    beats = list(WorkerBeat.objects.values_list("kind", "beat_at"))
    kinds = dict.fromkeys(WorkerKind.values, 0)
    for kind, beat_at in beats:
        kinds[kind] += beat_at > now - timedelta(seconds=ALIVE_SECONDS)
    last = max((beat_at for _, beat_at in beats), default=None)
    return Workers(kinds, max(0.0, (now - last).total_seconds()) if last else None)


def _oldest_pending_at() -> datetime | None:
    of_brand = Delivery.objects.filter(brand=OuterRef("pk"), status=DeliveryStatus.PENDING).order_by(
        "submission_id"
    )
    oldest = Subquery(of_brand.values("submission__received_at")[:1])
    found: datetime | None = Brand.objects.aggregate(oldest=Min(oldest))["oldest"]
    return found
