"""Writing Segment tasks: adding, saving, copying, moving, switching and deleting them.

A task's row is a draft. `save_task` freezes the draft as a `TaskRevision`, and only revisions are sent.
Positions in a workflow count from 0 without gaps among the tasks that are not deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from workflows.mapping.compile import compile_definition
from workflows.mapping.freeze import freeze
from workflows.mapping.problems import Problem
from workflows.models import SegmentTask, TaskRevision, Workflow
from workflows.selectors.tasks import is_step_done, mapping_fields

# What must be chosen before a task can be saved, in the wizard's order.
STEPS_BEFORE_MAPPINGS = ("account", "workspace", "source", "event", "region")

Direction = Literal["up", "down"]


class TaskIncompleteError(Exception):
    """The draft cannot be saved.

    `missing_steps` are the wizard's steps without a choice; `problems` are the mapping's errors.
    """

    def __init__(self, problems: Sequence[Problem], missing_steps: Sequence[str] = ()) -> None:
        super().__init__(", ".join([*missing_steps, *(problem.code for problem in problems)]))
        self.problems = tuple(problems)
        self.missing_steps = tuple(missing_steps)


def add_task(workflow: Workflow, position: int | None = None, user: User | None = None) -> SegmentTask:
    """An empty draft before the task at `position` (from 0), or after all of them."""
    with transaction.atomic():
        tasks = _lock_tasks(workflow)
        place = len(tasks) if position is None else max(0, min(position, len(tasks)))
        task = SegmentTask.objects.create(workflow=workflow, created_by=user)
        _number([*tasks[:place], task, *tasks[place:]])
    return task


def save_task(task: SegmentTask, user: User | None = None) -> TaskRevision:
    """Make the draft the revision that is sent from now on.

    A draft that equals the current revision makes no second one, so saving twice is harmless.
    Raises `TaskIncompleteError` when a step is missing or the mapping has an error.
    """
    with transaction.atomic():
        draft = _lock(task)
        source_id = _check(draft)
        revision = _unchanged_revision(draft) or _create_revision(draft, source_id, user)
        if draft.current_revision_id != revision.pk:
            draft.current_revision = revision
            draft.save(update_fields=["current_revision", "updated_at"])
    task.refresh_from_db()
    return revision


def copy_task(task: SegmentTask, user: User | None = None) -> SegmentTask:
    """A copy of the draft, right below it; it sends nothing until it is saved."""
    with transaction.atomic():
        tasks = _lock_tasks(task.workflow)
        copy = SegmentTask.objects.get(pk=task.pk)
        copy.pk = None
        copy._state.adding = True
        copy.current_revision = None
        copy.created_by = user
        copy.save()
        place = next((index for index, other in enumerate(tasks) if other.pk == task.pk), len(tasks) - 1)
        _number([*tasks[: place + 1], copy, *tasks[place + 1 :]])
    return copy


def move_task(task: SegmentTask, direction: Direction) -> bool:
    """Swap the task with its neighbour; False when it has none on that side."""
    with transaction.atomic():
        tasks = _lock_tasks(task.workflow)
        place = next((index for index, other in enumerate(tasks) if other.pk == task.pk), None)
        if place is None:
            return False
        other = place - 1 if direction == "up" else place + 1
        if not 0 <= other < len(tasks):
            return False
        tasks[place], tasks[other] = tasks[other], tasks[place]
        _number(tasks)
    task.refresh_from_db(fields=["position"])
    return True


def set_task_enabled(task: SegmentTask, is_enabled: bool) -> None:
    """Switch the task on or off; what is owed already is still sent."""
    task.is_enabled = is_enabled
    task.save(update_fields=["is_enabled", "updated_at"])


def delete_task(task: SegmentTask) -> None:
    """Take the task out of its workflow. Its revisions and deliveries stay readable."""
    with transaction.atomic():
        tasks = _lock_tasks(task.workflow)
        SegmentTask.objects.filter(pk=task.pk, deleted_at=None).update(deleted_at=timezone.now())
        _number([other for other in tasks if other.pk != task.pk])
    task.refresh_from_db(fields=["deleted_at"])


def _lock(task: SegmentTask) -> SegmentTask:
    return SegmentTask.objects.select_for_update().get(pk=task.pk)


def _lock_tasks(workflow: Workflow) -> list[SegmentTask]:
    """The workflow's tasks in order; the workflow's row is locked, so only one caller renumbers at a time."""
    Workflow.objects.select_for_update().get(pk=workflow.pk)
    return list(workflow.tasks.filter(deleted_at=None).order_by("position", "id"))


def _number(tasks: Sequence[SegmentTask]) -> None:
    for position, task in enumerate(tasks):
        if task.position != position:
            task.position = position
            SegmentTask.objects.filter(pk=task.pk).update(position=position)


def _check(draft: SegmentTask) -> int:
    """The id of the source the draft may be saved with."""
    missing = [step for step in STEPS_BEFORE_MAPPINGS if not is_step_done(draft, step)]
    compiled = compile_definition(draft.definition(), mapping_fields(draft.workflow.survey_id))
    errors = [problem for problem in compiled.problems if problem.level == "error"]
    if missing or errors or draft.source_id is None:
        raise TaskIncompleteError(errors, missing)
    return draft.source_id


def _unchanged_revision(draft: SegmentTask) -> TaskRevision | None:
    current = draft.current_revision
    if current is None or (current.source_id, current.region) != (draft.source_id, draft.region):
        return None
    return current if current.definition == _frozen(draft) else None


def _create_revision(draft: SegmentTask, source_id: int, user: User | None) -> TaskRevision:
    newest = draft.revisions.order_by("-number").values_list("number", flat=True).first()
    return TaskRevision.objects.create(
        task=draft,
        number=(newest or 0) + 1,
        definition=_frozen(draft),
        source_id=source_id,
        region=draft.region,
        created_by=user,
    )


def _frozen(draft: SegmentTask) -> dict[str, Any]:
    """The draft as a revision stores it, with the questions' texts that it pipes."""
    return freeze(draft.definition(), mapping_fields(draft.workflow.survey_id)).to_json()
