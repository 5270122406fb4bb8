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
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from workflows.delivery.build import Content, build_content, describe
from workflows.delivery.bulk import among, insert_rows, is_sqlite
from workflows.delivery.figures import count_planned
from workflows.identifiers import delivery_id
from workflows.mapping.definition import SubmissionData
from workflows.metrics.counts import write_counts
from workflows.models import Delivery, DeliveryStatus, SegmentTask, Submission

log = logging.getLogger(__name__)

NOT_BUILT = "not_built"
PLANNER_LOCK = 7_303_014  # any number that no other lock of this database has


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


UNTRIED: dict[str, Any] = {"attempt_count": 0, "attempt_keys": ""}


def plan_submissions(limit: int) -> int:
    """Plan up to `limit` submissions that are not planned yet, oldest first; how many there were.

    Planning twice, or two workers at once, is harmless: a delivery's id follows from submission and task, and
    the first one stays. A submission that cannot be planned becomes rejected deliveries with a reason.
    """
    if is_sqlite():
        return _plan_oldest(limit)
    with transaction.atomic():
        # One planner at a time, on whatever host: what it plans leaves in the order received.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNER_LOCK])
        return _plan_oldest(limit)


def _plan_oldest(limit: int) -> int:
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
        content = Content(DeliveryStatus.SKIPPED, "no_task")
        return [_make_delivery(delivery_id(submission.id, None), submission, None, content, now)]
    data = _read_data(submission)
    planned = []
    for task in tasks:
        key = delivery_id(submission.id, task.pk)
        planned.append(_make_delivery(key, submission, task, _make_content(key, task, data), now))
    return planned


def _read_data(submission: Unplanned) -> SubmissionData | None:
    try:
        return SubmissionData(str(submission.id), submission.received_at, json.loads(submission.answers))
    except (ValueError, RecursionError) as error:
        log.error("not readable submission=%s: %s", submission.id, describe(error))
        return None


def _make_content(key: uuid.UUID, task: SegmentTask, data: SubmissionData | None) -> Content:
    if not task.workflow.is_enabled:
        return Content(DeliveryStatus.SKIPPED, "workflow_off")
    if not task.is_enabled:
        return Content(DeliveryStatus.SKIPPED, "task_off")
    if data is None:
        return Content(DeliveryStatus.REJECTED, NOT_BUILT)
    try:
        return build_content(task, data, key)
    except Exception as error:
        # Whatever it is: one submission must not stop the others. Its text may quote answers: not logged.
        log.error("not built submission=%s task=%s: %s", data.id, task.pk, describe(error))
        return Content(DeliveryStatus.REJECTED, NOT_BUILT)


def _make_delivery(
    key: uuid.UUID, submission: Unplanned, task: SegmentTask | None, content: Content, now: datetime
) -> Planned:
    revision = task.current_revision if task else None
    return Planned(
        id=key,
        brand_id=submission.brand_id,
        submission_id=submission.id,
        workflow_id=task.workflow_id if task else None,
        task_id=task.pk if task else None,
        revision_id=revision.pk if revision else None,
        source_id=revision.source_id if revision else None,
        region=revision.region if revision else "",
        status=str(content.status),
        reason=content.reason,
        reason_params=json.dumps(dict(content.params)) if content.params else "{}",
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
    rows = [(*delivery, *UNTRIED.values()) for some in planned.values() for delivery in some]
    with transaction.atomic():
        insert_rows(Delivery, (*Planned._fields, *UNTRIED), rows)
        first = Submission.objects.filter(pk__in=among(planned), planned_at=None).update(planned_at=now)
        if first == len(planned):
            statuses = [delivery.status for some in planned.values() for delivery in some]
        else:  # another worker was quicker with some, and counted them
            stored = Delivery.objects.filter(submission__in=among(planned), created_at=now)
            statuses = list(stored.values_list("status", flat=True))
        write_counts(count_planned(statuses))
        if not is_sqlite():
            connection.check_constraints()  # here, not when the planner's own transaction ends


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
