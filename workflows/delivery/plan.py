"""From a submission to the deliveries it owes: one per task, its event built and its message id fixed."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from workflows.delivery.build import Content, build_content, describe
from workflows.delivery.bulk import Row, among, insert_rows, write_time, write_uuid
from workflows.delivery.figures import count_planned
from workflows.identifiers import delivery_id
from workflows.mapping.definition import SubmissionData
from workflows.metrics.counts import write_counts
from workflows.models import Delivery, DeliveryStatus, SegmentTask, Submission

log = logging.getLogger(__name__)

NOT_BUILT = "not_built"


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A submission as the planner reads it: its answers still JSON text, so that a broken one harms none."""

    id: uuid.UUID
    brand_id: int
    survey_id: int
    received_at: datetime
    answers: str


class Planned(NamedTuple):
    """A row of the table of deliveries, by its columns; the rest start as `UNTRIED` says."""

    id: uuid.UUID
    brand_id: int
    submission_id: uuid.UUID
    workflow_id: int | None
    task_id: int | None
    revision_id: int | None
    source_id: int | None
    region: str
    status: str
    reason: str
    reason_params: str
    body: str
    next_attempt_at: datetime
    give_up_at: datetime
    created_at: datetime
    finished_at: datetime | None


UNTRIED: dict[str, Any] = {"attempt_count": 0, "lease_owner": ""}


def plan_submissions(limit: int) -> int:
    """Plan up to `limit` submissions that are not planned yet, oldest first; how many there were.

    Planning twice, or two workers at once, is harmless: a delivery's id follows from submission and task, and
    the first one stays. A submission that cannot be planned becomes rejected deliveries with a reason.
    """
    submissions = _read_unplanned(limit)
    if not submissions:
        return 0
    tasks = _read_tasks({submission.survey_id for submission in submissions})
    now = timezone.now()
    planned = {
        submission.id: _plan(submission, tasks.get(submission.survey_id, ()), now)
        for submission in submissions
    }
    try:
        _store(planned, now)
    except (IntegrityError, DataError):
        _store_each(planned, now)
    return len(planned)


def _read_unplanned(limit: int) -> list[Unplanned]:
    rows = (
        Submission.objects.filter(planned_at=None)
        .order_by("id")
        .annotate(answers_text=Cast("answers", TextField()))
        .values_list("id", "brand_id", "survey_id", "received_at", "answers_text")
    )
    return [Unplanned(*row) for row in rows[:limit]]


def _read_tasks(survey_ids: set[int]) -> Mapping[int, Sequence[SegmentTask]]:
    """The saved tasks by survey, in the order of the flow."""
    tasks: dict[int, list[SegmentTask]] = {}
    for task in saved_tasks().filter(workflow__survey_id__in=survey_ids):
        tasks.setdefault(task.workflow.survey_id, []).append(task)
    return tasks


def saved_tasks() -> QuerySet[SegmentTask]:
    """Tasks that a submission is owed for, with workflow and revision."""
    return (
        SegmentTask.objects.filter(workflow__deleted_at=None, deleted_at=None, current_revision__isnull=False)
        .select_related("workflow", "current_revision")
        .order_by("workflow_id", "position", "id")
    )


def _plan(submission: Unplanned, tasks: Sequence[SegmentTask], now: datetime) -> list[Planned]:
    if not tasks:
        return [_make_delivery(submission, None, Content(DeliveryStatus.SKIPPED, "no_task"), now)]
    return [_make_delivery(submission, task, _make_content(submission, task), now) for task in tasks]


def _make_content(submission: Unplanned, task: SegmentTask) -> Content:
    if not task.workflow.is_enabled:
        return Content(DeliveryStatus.SKIPPED, "workflow_off")
    if not task.is_enabled:
        return Content(DeliveryStatus.SKIPPED, "task_off")
    try:
        answers = json.loads(submission.answers)
        data = SubmissionData(str(submission.id), submission.received_at, answers)
        return build_content(task, data, delivery_id(submission.id, task.pk))
    except Exception as error:
        # Whatever it is: one submission must not stop the others. Its text may quote answers: not logged.
        log.error("not built submission=%s task=%s: %s", submission.id, task.pk, describe(error))
        return Content(DeliveryStatus.REJECTED, NOT_BUILT)


def _make_delivery(
    submission: Unplanned, task: SegmentTask | None, content: Content, now: datetime
) -> Planned:
    revision = task.current_revision if task else None
    return Planned(
        id=delivery_id(submission.id, task.pk if task else None),
        brand_id=submission.brand_id,
        submission_id=submission.id,
        workflow_id=task.workflow_id if task else None,
        task_id=task.pk if task else None,
        revision_id=revision.pk if revision else None,
        source_id=revision.source_id if revision else None,
        region=revision.region if revision else "",
        status=str(content.status),
        reason=content.reason,
        reason_params=json.dumps(dict(content.params)),
        body=content.body,
        # The claim takes the earliest first, so events leave in the order received.
        next_attempt_at=min(submission.received_at, now),
        give_up_at=give_up_at(now),
        created_at=now,
        finished_at=None if content.status == DeliveryStatus.PENDING else now,
    )


def give_up_at(now: datetime) -> datetime:
    """When a delivery that is owed from `now` on becomes failed."""
    return now + timedelta(seconds=settings.DELIVERY_GIVE_UP_SECONDS)


def _store(planned: Mapping[uuid.UUID, Iterable[Planned]], now: datetime) -> None:
    rows = [_to_row(delivery) for some in planned.values() for delivery in some]
    with transaction.atomic():
        insert_rows(Delivery, (*Planned._fields, *UNTRIED), rows)
        first = Submission.objects.filter(pk__in=among(planned), planned_at=None).update(planned_at=now)
        if first == len(planned):
            statuses = [delivery.status for some in planned.values() for delivery in some]
        else:  # another worker was quicker with some, and counted them
            stored = Delivery.objects.filter(submission__in=among(planned), created_at=now)
            statuses = list(stored.values_list("status", flat=True))
        write_counts(count_planned(statuses))


def _to_row(delivery: Planned) -> Row:
    uuids = {"id": write_uuid(delivery.id), "submission_id": write_uuid(delivery.submission_id)}
    times = {name: write_time(getattr(delivery, name)) for name in _TIMES}
    return (*delivery._replace(**uuids, **times), *UNTRIED.values())


_TIMES = ("next_attempt_at", "give_up_at", "created_at", "finished_at")


def _store_each(planned: Mapping[uuid.UUID, list[Planned]], now: datetime) -> None:
    """One by one: the database refuses something in one of them, or it was deleted meanwhile."""
    for submission_id, deliveries in planned.items():
        try:
            _store({submission_id: deliveries}, now)
        except (IntegrityError, DataError) as error:
            log.error("not stored submission=%s: %s", submission_id, describe(error))
            _store_without_content(submission_id, deliveries, now)


def _store_without_content(submission_id: uuid.UUID, deliveries: list[Planned], now: datetime) -> None:
    emptied = [
        delivery._replace(
            status=str(DeliveryStatus.REJECTED),
            reason=NOT_BUILT,
            reason_params="{}",
            body="",
            finished_at=now,
        )
        for delivery in deliveries
    ]
    try:
        _store({submission_id: emptied}, now)
    except IntegrityError as error:
        # Submission, task or source went while it was planned; what is left of it is owed nothing.
        log.error("not planned submission=%s: %s", submission_id, describe(error))
        Submission.objects.filter(pk=submission_id).update(planned_at=now)
