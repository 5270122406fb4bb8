"""Reading workflows: the list with each one's health, and the flow of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce, Lower

from accounts.models import Brand
from workflows.mapping.definition import Definition
from workflows.models import Delivery, DeliveryStatus, SegmentTask, Workflow
from workflows.selectors.runs import Run, RunLine
from workflows.selectors.tasks import differs_from_saved
from workflows.selectors.troubles import Trouble, troubles_by_source
from workflows.task_lines import TaskLine, describe_draft, describe_event, describe_revision

HEALTH_DELIVERIES = 50  # a workflow's health is that of so many last deliveries
_BEFORE_ALL = Value(UUID(int=0), output_field=UUIDField())


@dataclass(frozen=True, slots=True)
class ListedWorkflow:
    """A row of the list: `tasks` are the events in words; the counts are among the last 50 deliveries."""

    workflow: Workflow
    tasks: list[str]
    accepted: int
    waiting: int
    problems: int


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task as the flow shows it: what is sent (or would be, for a draft), and whether it is well.

    `trouble` is that of the source which its saved revision sends to.
    """

    task: SegmentTask
    line: TaskLine
    has_unsaved_changes: bool
    last: RunLine | None
    trouble: Trouble | None
    is_first: bool
    is_last: bool


def workflows_of(brand: Brand) -> QuerySet[Workflow]:
    """The brand's workflows that are not deleted."""
    return Workflow.objects.filter(brand=brand, deleted_at=None)


def workflow_ids(brand: Brand, search: str = "") -> QuerySet[Workflow, int]:
    """Ids by name, of those with `search` in their own or their survey's name: cheap to page through."""
    rows = workflows_of(brand)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(survey__name__icontains=search))
    return rows.order_by(Lower("name"), "pk").values_list("pk", flat=True)


def listed_workflows(ids: Iterable[int]) -> list[ListedWorkflow]:
    """One page of workflows by name, with their surveys, tasks and health; a fixed number of queries."""
    page = list(ids)
    rows = Workflow.objects.filter(pk__in=page).select_related("survey").order_by(Lower("name"), "pk")
    tasks, health = _task_summaries(page), _health_counts(page)
    return [ListedWorkflow(row, tasks.get(row.pk, []), *health[row.pk]) for row in rows]


def task_cards(workflow: Workflow, runs: Iterable[Run] = ()) -> list[TaskCard]:
    """The workflow's tasks in order; `runs` are its newest, in which each task's last result is looked up."""
    tasks = list(
        workflow.tasks.filter(deleted_at=None)
        .select_related("source", "current_revision__source")
        .order_by("position", "id")
    )
    last = _last_lines(runs)
    saved = {task.pk: task.current_revision.source_id for task in tasks if task.current_revision}
    troubles = troubles_by_source(saved.values())
    return [
        TaskCard(
            task=task,
            line=describe_revision(task.current_revision) if task.current_revision else describe_draft(task),
            has_unsaved_changes=differs_from_saved(task),
            last=last.get(task.pk),
            trouble=troubles.get(saved.get(task.pk, 0)),
            is_first=index == 0,
            is_last=index == len(tasks) - 1,
        )
        for index, task in enumerate(tasks)
    ]


def has_saved_task(workflow: Workflow) -> bool:
    """Whether a task was saved: its pipes are those of the workflow's survey, so the survey stays."""
    return workflow.tasks.filter(deleted_at=None, current_revision__isnull=False).exists()


def _task_summaries(workflow_ids: list[int]) -> dict[int, list[str]]:
    """Per workflow its tasks' events, in order: as saved, else as drafted."""
    tasks = SegmentTask.objects.filter(workflow_id__in=workflow_ids, deleted_at=None)
    rows = tasks.order_by("position", "pk").values_list(
        "workflow_id", "event_type", "event_name", "current_revision__definition"
    )
    found: dict[int, list[str]] = {}
    for workflow_id, event_type, event_name, saved in rows:
        draft = {"event_type": event_type, "event_name": event_name}
        event = Definition.from_json(saved or draft)
        found.setdefault(workflow_id, []).append(describe_event(event.event_type, event.event_name))
    return found


def _health_counts(workflow_ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """Accepted, waiting, rejected or failed among the last 50 deliveries of each: at most 50 index entries a
    count."""
    newest = Delivery.objects.filter(workflow=OuterRef("pk")).order_by("-submission_id")
    oldest_counted = newest.values("submission_id")[HEALTH_DELIVERIES - 1 : HEALTH_DELIVERIES]
    rows = (
        Workflow.objects.filter(pk__in=workflow_ids)
        .alias(oldest_counted=Coalesce(Subquery(oldest_counted), _BEFORE_ALL))
        .values_list(
            "pk",
            _count([DeliveryStatus.ACCEPTED]),
            _count([DeliveryStatus.PENDING]),
            _count([DeliveryStatus.REJECTED, DeliveryStatus.FAILED]),
        )
    )
    return {pk: (accepted, waiting, problems) for pk, accepted, waiting, problems in rows}


def _count(statuses: Iterable[str]) -> Coalesce:
    rows = Delivery.objects.filter(
        workflow=OuterRef("pk"), status__in=list(statuses), submission_id__gte=OuterRef("oldest_counted")
    )
    count = rows.order_by().values("workflow").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(count), 0)


def _last_lines(runs: Iterable[Run]) -> dict[int, RunLine]:
    """The newest line per task; runs come newest first, so the first one seen counts."""
    last: dict[int, RunLine] = {}
    for run in runs:
        for line in run.lines:
            if line.delivery and line.delivery.task_id:
                last.setdefault(line.delivery.task_id, line)
    return last
