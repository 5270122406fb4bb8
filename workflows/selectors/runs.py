"""Reading runs: a submission and what became of it, per task.

A submission's id is time-ordered, so pages run backwards along it ("keyset" paging): a page begins where the
last one ended, whatever comes in meanwhile. Each query that finds ids walks one index and stops after a page,
so its cost does not grow with the number of runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.models import Delivery, DeliveryStatus, Submission, Workflow
from workflows.reasons import reason_text
from workflows.task_lines import TaskLine, describe_event, describe_revision

PAGE_SIZE = 25


class RunStatus(models.TextChoices):
    """What the runs page can be narrowed to; `STATUSES_OF` says which deliveries that means."""

    WAITING = "waiting", gettext_lazy("Waiting")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    PROBLEM = "problem", gettext_lazy("Rejected or failed")
    REJECTED = "rejected", gettext_lazy("Rejected")
    FAILED = "failed", gettext_lazy("Failed")
    SKIPPED = "skipped", gettext_lazy("Skipped")


STATUSES_OF: dict[str, tuple[str, ...]] = {
    RunStatus.WAITING: (DeliveryStatus.PENDING,),
    RunStatus.ACCEPTED: (DeliveryStatus.ACCEPTED,),
    RunStatus.PROBLEM: (DeliveryStatus.REJECTED, DeliveryStatus.FAILED),
    RunStatus.REJECTED: (DeliveryStatus.REJECTED,),
    RunStatus.FAILED: (DeliveryStatus.FAILED,),
    RunStatus.SKIPPED: (DeliveryStatus.SKIPPED,),
}

_LINE_COLUMNS = (
    "submission_id",
    "workflow_id",
    "task_id",
    "revision_id",
    "status",
    "reason",
    "reason_params",
    "attempt_count",
)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Whose runs, and which. `workflow` is of that brand; `status` is a `RunStatus` or empty for all."""

    brand_id: int
    workflow: Workflow | None = None
    status: str = ""

    @property
    def has_unplanned(self) -> bool:
        """Whether a submission without deliveries yet belongs here: it waits."""
        return self.status in {"", RunStatus.WAITING}


@dataclass(frozen=True, slots=True)
class RunLine:
    """One task's part in a run. Without `delivery` the submission still waits to be planned."""

    status: str
    label: str
    reason: str
    delivery: Delivery | None = None
    task: TaskLine | None = None

    @property
    def workflow(self) -> Workflow | None:
        return self.delivery.workflow if self.delivery else None

    @property
    def attempts(self) -> int:
        return self.delivery.attempt_count if self.delivery else 0


@dataclass(frozen=True, slots=True)
class Run:
    """A submission with its lines, in the order of the tasks."""

    submission: Submission
    lines: tuple[RunLine, ...]

    @property
    def is_finished(self) -> bool:
        return all(line.status != DeliveryStatus.PENDING for line in self.lines)


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `next_before` is where the next page begins, None on the last one."""

    runs: tuple[Run, ...]
    next_before: UUID | None

    @property
    def fingerprint(self) -> str:
        """Changes when what the page shows does, and once a minute, because it says "2 minutes ago"."""
        return fingerprint(self.runs)


def run_page(wanted: RunFilter, before: UUID | None = None, size: int = PAGE_SIZE) -> RunPage:
    """The newest runs that match, older than `before`."""
    found = {pk for query in id_queries(wanted, before, size + 1) for pk in query}
    ids = sorted(found, reverse=True)
    runs = tuple(load_runs(ids[:size], wanted))
    return RunPage(runs, ids[size - 1] if len(ids) > size else None)


def id_queries(wanted: RunFilter, before: UUID | None, limit: int) -> list[QuerySet[Any, UUID]]:
    """The queries whose results together hold the `limit` newest matching submissions' ids."""
    if wanted.workflow is None and not wanted.status:
        submissions = Submission.objects.filter(brand_id=wanted.brand_id)
        return [_newest_ids(submissions, "id", before, limit)]
    queries = [_newest_ids(part, "submission_id", before, limit) for part in _delivery_ranges(wanted)]
    if wanted.has_unplanned:
        queries.append(_newest_ids(_unplanned(wanted), "id", before, limit))
    return queries


def load_runs(ids: Iterable[UUID], wanted: RunFilter) -> Iterator[Run]:
    """The runs of these submissions, newest first, with the lines that match."""
    submissions = (
        Submission.objects.filter(pk__in=list(ids))
        .defer("answers")
        .select_related("survey")
        .prefetch_related(Prefetch("deliveries", queryset=_matching_deliveries(wanted)))
        .order_by("-id")
    )
    runs = map(make_run, submissions)
    return (run for run in runs if run.lines)  # a status may have changed since the ids were found


def make_run(submission: Submission) -> Run:
    """A run from a submission whose deliveries are prefetched, as `delivery_rows` has them."""
    deliveries = sorted(submission.deliveries.all(), key=_flow_order)
    if not deliveries and submission.planned_at is None:
        label, reason = str(DeliveryStatus.PENDING.label), _("Received; the worker has not taken it up yet.")
        return Run(submission, (RunLine(DeliveryStatus.PENDING, label, reason),))
    return Run(submission, tuple(_make_line(delivery) for delivery in deliveries))


def delivery_rows() -> QuerySet[Delivery]:
    """Deliveries with all that a line says about them."""
    return Delivery.objects.prefetch_related("workflow", "task", "revision__source")


def fingerprint(runs: Iterable[Run], beside: object = None) -> str:
    """A short digest of what the runs show, and what is `beside` them: a poll tells that nothing changed."""
    shown = [
        (run.submission.pk.hex, *((line.status, line.reason, line.attempts) for line in run.lines))
        for run in runs
    ]
    minute = int(timezone.now().timestamp()) // 60
    return hashlib.blake2b(repr((minute, shown, beside)).encode(), digest_size=8).hexdigest()


def _newest_ids(rows: QuerySet[Any], column: str, before: UUID | None, limit: int) -> QuerySet[Any, UUID]:
    if before is not None:
        rows = rows.filter(**{f"{column}__lt": before})
    return rows.order_by(f"-{column}").values_list(column, flat=True).distinct()[:limit]


def _delivery_ranges(wanted: RunFilter) -> list[QuerySet[Delivery]]:
    """One range of one index per status: `IN` over several would sort them all."""
    if wanted.workflow is None:
        base = Delivery.objects.filter(brand_id=wanted.brand_id)
    else:
        base = Delivery.objects.filter(workflow=wanted.workflow)
    if not wanted.status:
        return [base]
    return [base.filter(status=status) for status in STATUSES_OF[wanted.status]]


def _unplanned(wanted: RunFilter) -> QuerySet[Submission]:
    """Submissions no worker has planned yet.

    "+ 0" keeps SQLite from the indexes by brand and by survey, which hold all submissions: the partial index
    of the unplanned ones holds few.
    """
    rows = Submission.objects.filter(planned_at=None).alias(of_brand=F("brand_id") + 0)
    rows = rows.filter(of_brand=wanted.brand_id)
    if wanted.workflow is not None:
        rows = rows.alias(of_survey=F("survey_id") + 0).filter(of_survey=wanted.workflow.survey_id)
    return rows


def _matching_deliveries(wanted: RunFilter) -> QuerySet[Delivery]:
    rows = delivery_rows().only(*_LINE_COLUMNS)
    if wanted.workflow is not None:
        rows = rows.filter(workflow=wanted.workflow)
    return rows.filter(status__in=STATUSES_OF[wanted.status]) if wanted.status else rows


def _flow_order(delivery: Delivery) -> tuple[int, int, int, UUID]:
    task = delivery.task
    return delivery.workflow_id or 0, task.position if task else 0, delivery.task_id or 0, delivery.pk


def _make_line(delivery: Delivery) -> RunLine:
    return RunLine(
        status=delivery.status,
        label=str(DeliveryStatus(delivery.status).label),
        reason=reason_text(delivery.reason, delivery.reason_params) if delivery.reason else "",
        delivery=delivery,
        task=_describe_task(delivery),
    )


def _describe_task(delivery: Delivery) -> TaskLine | None:
    """By the revision that was sent; a skipped delivery has none, so there only the task's event is told."""
    if delivery.revision:
        return describe_revision(delivery.revision)
    task = delivery.task
    return TaskLine(describe_event(task.event_type, task.event_name)) if task else None
