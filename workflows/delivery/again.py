"""Sending again what was rejected or failed, because a person asks for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from workflows.delivery.build import Content, build_content, describe
from workflows.delivery.figures import count_planned
from workflows.delivery.plan import NOT_BUILT, give_up_at
from workflows.delivery.wake import announce
from workflows.mapping.definition import SubmissionData
from workflows.metrics.counts import write_counts
from workflows.models import Delivery, DeliveryStatus, SegmentTask
from workflows.reasons import reason_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Whether the delivery is owed again; if not, `reason` says why, in a sentence for the person.

    `reason` is empty, too, when it was not rejected or failed any more: somebody else was quicker.
    """

    is_queued: bool
    reason: str = ""


def send_again(delivery: Delivery, user: User) -> SendAgain:
    """Make a rejected or failed delivery pending again, with the same message id and a new time to give up.

    A rejected event is built anew by the task's current revision; a failed one is sent as it was. Of two
    calls at once, one does it. The attempts stay.
    """
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related(
            "submission", "task__current_revision"
        )
        current = rows.filter(pk=delivery.pk).first()
        if current is None or not current.can_send_again:  # None: removed meanwhile, for its age
            return SendAgain(False)
        changes = _rebuild(current) if current.status == DeliveryStatus.REJECTED else _PENDING
        _queue(current, changes)
        write_counts(count_planned([changes["status"]]))
    log.info(
        "send_again submission=%s delivery=%s user=%s status=%s",
        current.submission_id,
        current.pk,
        user.pk,
        changes["status"],
    )
    if changes["status"] == DeliveryStatus.PENDING:
        transaction.on_commit(announce)
        return SendAgain(True)
    return SendAgain(False, reason_text(changes["reason"], changes["reason_params"]))


_PENDING: dict[str, Any] = {"status": DeliveryStatus.PENDING, "reason": "", "reason_params": {}}


def _queue(delivery: Delivery, changes: dict[str, Any]) -> None:
    now = timezone.now()
    is_pending = changes["status"] == DeliveryStatus.PENDING
    Delivery.objects.filter(pk=delivery.pk, status=delivery.status).update(
        next_attempt_at=now,
        give_up_at=give_up_at(now),
        finished_at=None if is_pending else now,
        **changes,
    )


def _rebuild(delivery: Delivery) -> dict[str, Any]:
    """The columns of a rejected delivery after building its event by the task's current revision."""
    task = delivery.task
    content = _build(delivery, task) if task else Content(DeliveryStatus.REJECTED, "task_unsaved")
    changes: dict[str, Any] = {
        "status": content.status,
        "reason": content.reason,
        "reason_params": dict(content.params),
        "body": content.body,
    }
    revision = task.current_revision if task else None
    if revision is None:
        return changes
    return changes | {"revision": revision, "source_id": revision.source_id, "region": revision.region}


def _build(delivery: Delivery, task: SegmentTask) -> Content:
    submission = delivery.submission
    data = SubmissionData(str(submission.pk), submission.received_at, submission.answers)
    try:
        return build_content(task, data, delivery.pk)
    except Exception as error:
        log.error("not built submission=%s task=%s: %s", submission.pk, task.pk, describe(error))
        return Content(DeliveryStatus.REJECTED, NOT_BUILT)
