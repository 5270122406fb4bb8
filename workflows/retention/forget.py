"""Erasing a person: every run that holds the person's value goes whole, wherever it stands.

What is pending is not sent any more. What a worker is sending right now is waited for, then erased too; where
it takes too long, the receipt says so. Nothing stops meanwhile: pages are read without a lock, and each
transaction removes a few runs.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from django.db import transaction
from django.utils import timezone

from workflows.models import Delivery, Submission
from workflows.retention.find import find_runs
from workflows.retention.receipt import Receipt
from workflows.retention.removal import (
    Counts,
    count_attempts,
    erase_quotes,
    hold_deliveries,
    remove_runs,
)
from workflows.retention.samples import erase_samples

log = logging.getLogger(__name__)

CHUNK_ROWS = 20  # runs in one transaction
PAUSE_SECONDS = 0.02  # after each, for whoever waits to write
POLL_SECONDS = 0.25


def forget(
    receipt: Receipt, wait_seconds: float, progress: Callable[[int], None] = lambda pages: None
) -> None:
    """Erase the runs and samples of `receipt.person`, and fill the receipt; a dry run only counts.

    `progress` is told how many pages of PAGE_ROWS submissions were read.
    """
    handle = count_runs if receipt.is_dry_run else erase_runs
    waiting: list[uuid.UUID] = []
    for number, ids in enumerate(find_runs(receipt.person, receipt.brand_id), start=1):
        waiting += handle(ids, receipt)
        progress(number)
    erase_samples(receipt)
    receipt.still_sending_ids = _wait_and_erase(waiting, receipt, wait_seconds)
    receipt.finished_at = timezone.now()
    receipt.is_complete = not receipt.still_sending_ids
    log.info(
        "forgot criterion=%s dry_run=%s complete=%s %s",
        receipt.person.criterion.value,
        receipt.is_dry_run,
        receipt.is_complete,
        receipt.runs,
    )


def erase_runs(ids: Sequence[uuid.UUID], receipt: Receipt) -> list[uuid.UUID]:
    """Erase these runs; those that a worker is sending keep only what it sends, and are returned."""
    busy: list[uuid.UUID] = []
    for start in range(0, len(ids), CHUNK_ROWS):
        busy += _erase_chunk(ids[start : start + CHUNK_ROWS], receipt)
        time.sleep(PAUSE_SECONDS)
    return busy


def _erase_chunk(ids: Sequence[uuid.UUID], receipt: Receipt) -> list[uuid.UUID]:
    with transaction.atomic():
        # Locked first: no planner can add a delivery to them any more.
        rows = Submission.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        present = list(rows.values_list("pk", flat=True))
        held, now = hold_deliveries(present), timezone.now()
        busy = {delivery.submission_id for delivery in held if delivery.is_being_sent(now)}
        going = [delivery for delivery in held if not delivery.is_being_sent(now)]
        gone = [pk for pk in present if pk not in busy]
        erase_quotes(Delivery.objects.filter(pk__in=[delivery.id for delivery in going]))
        counts = remove_runs(gone, going)
    receipt.note(gone, going, counts)
    for pk in gone:
        log.info("erased submission=%s", pk)
    return sorted(busy)


def count_runs(ids: Sequence[uuid.UUID], receipt: Receipt) -> list[uuid.UUID]:
    """What erasing these runs would do, noted in the receipt."""
    with transaction.atomic():
        deliveries = hold_deliveries(ids)
    receipt.note(ids, deliveries, Counts(len(ids), len(deliveries), count_attempts(deliveries)))
    return []


def _wait_and_erase(busy: Iterable[uuid.UUID], receipt: Receipt, seconds: float) -> list[uuid.UUID]:
    """Those that are being sent still, after `seconds`."""
    deadline = time.monotonic() + seconds
    left = list(busy)
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        chunks = (left[start : start + CHUNK_ROWS] for start in range(0, len(left), CHUNK_ROWS))
        left = list(chain.from_iterable(erase_runs(chunk, receipt) for chunk in chunks))
    return left
