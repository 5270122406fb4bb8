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
from workflows.models.metrics import MetricCount
from workflows.models.record import (
    CLOCK_TOLERANCE,
    Attempt,
    AttemptOutcome,
    Breaker,
    Delivery,
    DeliveryStatus,
    DrainCall,
    Lease,
    SourceState,
    Submission,
    WorkerBeat,
    WorkerKind,
)

__all__ = [
    "CLOCK_TOLERANCE",
    "Attempt",
    "AttemptOutcome",
    "Breaker",
    "Delivery",
    "DeliveryStatus",
    "DrainCall",
    "EventType",
    "FieldKind",
    "FieldType",
    "Lease",
    "MetricCount",
    "SegmentTask",
    "SourceState",
    "Submission",
    "Survey",
    "SurveyField",
    "SurveySample",
    "TaskRevision",
    "WorkerBeat",
    "WorkerKind",
    "Workflow",
]
