"""What a delivery holds when it is planned or built anew: the event and its ids, or why there is none."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from workflows.identifiers import delivery_id, message_id, random_anonymous_id
from workflows.mapping.definition import Definition, SubmissionData
from workflows.mapping.event import Compiled, build_event, compile_definition
from workflows.models import DeliveryStatus, SegmentTask, TaskRevision


@dataclass(frozen=True, slots=True)
class Content:
    """A delivery's status, its reason with parameters, and its event's JSON ("" when there is none)."""

    status: DeliveryStatus
    reason: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EventIds:
    """The ids an event is built with: `build_event(…, message_id=…, random_id=…)`."""

    message_id: str
    random_id: str


@dataclass(frozen=True, slots=True)
class _RevisionKey:
    # With the time, because a restored back-up or a new database counts its ids anew.
    revision_id: int
    created_at: datetime
    definition: Any = field(compare=False)


EMPTY = Content(DeliveryStatus.REJECTED)


def preview_ids(submission_id: uuid.UUID, task_id: int) -> EventIds:
    """The ids with which the task's event for this submission is, or was, sent."""
    return event_ids(delivery_id(submission_id, task_id))


def event_ids(delivery: uuid.UUID) -> EventIds:
    """The ids of a delivery's event, the same however often it is built."""
    return EventIds(message_id(delivery), random_anonymous_id(delivery))


def build_content(task: SegmentTask, data: SubmissionData, delivery: uuid.UUID) -> Content:
    """Build the event by the task's current revision. What Segment would drop or refuse is rejected here."""
    if task.current_revision is None:
        return Content(DeliveryStatus.REJECTED, "task_unsaved")
    ids = event_ids(delivery)
    built = build_event(
        compiled_revision(task.current_revision), data, message_id=ids.message_id, random_id=ids.random_id
    )
    body = built.body.decode()
    error = next((problem for problem in built.problems if problem.level == "error"), None)
    if error is None:
        return Content(DeliveryStatus.PENDING, body=body)
    return Content(DeliveryStatus.REJECTED, error.code, dict(error.params), body)


def compiled_revision(revision: TaskRevision) -> Compiled:
    """The revision's mapping, compiled once: a revision never changes."""
    return _compile(_RevisionKey(revision.pk, revision.created_at, revision.definition))


@lru_cache(maxsize=1_000)
def _compile(key: _RevisionKey) -> Compiled:
    return compile_definition(Definition.from_json(key.definition), None)


def describe(error: BaseException) -> str:
    """An error for the log: its class and where it arose. Its text may quote answers or secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
