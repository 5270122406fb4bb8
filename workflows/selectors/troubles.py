"""Which sources Segment takes no events of just now, in words for the people of the brand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.models import Delivery, DeliveryStatus, SourceState
from workflows.reasons import trouble_text
from workflows.task_lines import describe_source

SHOWN = 5
# Counting on says nothing more to a person, and would take time at each look.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source whose circuit breaker is not closed, while something waits for it or it still rests.

    `next_try_at` is None while it is tried again. `waiting` counts up to COUNT_LIMIT.
    """

    source_id: int
    text: str
    next_try_at: datetime | None
    waiting: int = 0

    @property
    def waiting_text(self) -> str:
        if self.waiting >= COUNT_LIMIT:
            more = number_format(COUNT_LIMIT, force_grouping=True)
            return _("More than %(count)s events wait and are sent by themselves.") % {"count": more}
        count = number_format(self.waiting, force_grouping=True)
        text = ngettext(
            "%(count)s event waits and is sent by itself.",
            "%(count)s events wait and are sent by themselves.",
            self.waiting,
        )
        return text % {"count": count}


@dataclass(frozen=True, slots=True)
class Troubles:
    """The first few with how many events wait for each, and how many more sources there are."""

    shown: tuple[Trouble, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.shown)


def troubles_of(brand_id: int) -> Troubles:
    """The brand's sources in trouble: one query while there are none."""
    states = list(_states(timezone.now()).filter(source__brand_id=brand_id)[: SHOWN + 1])
    shown = tuple(_describe(state, _count_waiting(state.source_id)) for state in states[:SHOWN])
    more = 0
    if len(states) > SHOWN:
        more = _states(timezone.now()).filter(source__brand_id=brand_id).count() - SHOWN
    return Troubles(shown, max(0, more))


def troubles_by_source(source_ids: Iterable[int]) -> dict[int, Trouble]:
    """Of these sources, those in trouble; nothing is counted."""
    states = _states(timezone.now()).filter(source__in=source_ids)
    return {state.source_id: _describe(state) for state in states}


def _states(now: datetime) -> QuerySet[SourceState]:
    """Without those that nothing waits for any more: nobody would try them, so they would stay for ever."""
    waits = Exists(Delivery.objects.filter(source=OuterRef("pk"), status=DeliveryStatus.PENDING))
    return (
        SourceState.objects.filter(failures__gt=0)
        .filter(Q(held_until__gt=now) | waits)
        .select_related("source")
        .order_by("source_id")
    )


def _describe(state: SourceState, waiting: int = 0) -> Trouble:
    is_held = state.held_until is not None and state.held_until > timezone.now()
    return Trouble(
        source_id=state.source_id,
        text=trouble_text(state.reason, describe_source(state.source), state.status_code),
        next_try_at=state.held_until if is_held else None,
        waiting=waiting,
    )


def _count_waiting(source_id: int) -> int:
    waiting = Delivery.objects.filter(source_id=source_id, status=DeliveryStatus.PENDING)
    return waiting[:COUNT_LIMIT].count()
