"""What is defined (surveys, workflows, tasks) and what is on record (submissions, deliveries, attempts)."""

from __future__ import annotations

from workflows.models.definition import (
    EventType,
    FieldKind,
    FieldType,
    SegmentTask,
    Survey,
    SurveyField,
    SurveySample,
    TaskRevision,
    Workflow,
)
from workflows.models.record import Attempt, Delivery, DeliveryStatus, Submission, WorkerBeat

__all__ = [
    "Attempt",
    "Delivery",
    "DeliveryStatus",
    "EventType",
    "FieldKind",
    "FieldType",
    "SegmentTask",
    "Submission",
    "Survey",
    "SurveyField",
    "SurveySample",
    "TaskRevision",
    "WorkerBeat",
    "Workflow",
]
