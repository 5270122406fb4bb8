"""The size that the speed targets speak of: 1,000 workflows and 100,000 submissions, in SQLite."""

from __future__ import annotations

import itertools
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from workflows.identifiers import delivery_id, message_id
from workflows.models import (
    Attempt,
    Delivery,
    SegmentTask,
    Submission,
    Survey,
    SurveyField,
    TaskRevision,
    Workflow,
)

WORKFLOWS = 1_000
SURVEYS = 50
SUBMISSIONS = 100_000
BATCH = 5_000
# Of a hundred deliveries: mostly accepted, some of each other kind.
STATUSES = ["accepted"] * 92 + ["rejected"] * 4 + ["failed"] * 2 + ["skipped"] * 2


def fill(admin: User, task: SegmentTask) -> None:
    """Bulk rows beside the demo's: workflows like the demo's own, and 100 days of submissions."""
    random.seed(1)
    with transaction.atomic():
        workflows = _create_workflows(admin, task)
        revisions = _create_tasks(workflows, task)
    for start in range(0, SUBMISSIONS, BATCH):
        with transaction.atomic():
            _create_submissions(range(start, start + BATCH), revisions)


def _create_workflows(admin: User, task: SegmentTask) -> list[Workflow]:
    demo = task.workflow.survey
    surveys = Survey.objects.bulk_create(
        [Survey(brand=admin.brand, name=f"Survey {n}", created_by=admin) for n in range(SURVEYS)]
    )
    columns = ("key", "label", "kind", "type", "sample", "position")
    fields = [{name: getattr(field, name) for name in columns} for field in demo.fields.all()]
    SurveyField.objects.bulk_create(
        [SurveyField(survey=survey, **field) for survey in surveys for field in fields]
    )
    return Workflow.objects.bulk_create(
        [
            Workflow(brand=admin.brand, survey=survey, name=f"Workflow {n}", created_by=admin)
            for n, survey in zip(range(WORKFLOWS), itertools.cycle([demo, *surveys]), strict=False)
        ]
    )


def _create_tasks(workflows: list[Workflow], model: SegmentTask) -> list[TaskRevision]:
    names = ("account_id", "workspace_id", "workspace_name", "source_id", "region", "user_id", "rows")
    columns: dict[str, Any] = {name: getattr(model, name) for name in names}
    tasks = SegmentTask.objects.bulk_create(
        [SegmentTask(workflow=workflow, event_type="identify", **columns) for workflow in workflows]
    )
    definition = tasks[0].definition().to_json()
    revisions = TaskRevision.objects.bulk_create(
        [
            TaskRevision(
                task=task, number=1, definition=definition, source_id=task.source_id, region=task.region
            )
            for task in tasks
        ]
    )
    for task, revision in zip(tasks, revisions, strict=True):
        task.current_revision = revision
    SegmentTask.objects.bulk_update(tasks, ["current_revision"], batch_size=200)
    return revisions


def _create_submissions(numbers: range, revisions: list[TaskRevision]) -> None:
    submissions, deliveries, attempts = [], [], []
    for number in numbers:
        revision = revisions[number % len(revisions)]
        submission = _make_submission(number, revision)
        delivery = _make_delivery(submission, revision, random.choice(STATUSES))
        submissions.append(submission)
        deliveries.append(delivery)
        if delivery.attempt_count:
            attempts.append((delivery, _make_attempt(delivery)))
    made = Attempt.objects.bulk_create([attempt for _, attempt in attempts], batch_size=500)
    for (delivery, _), attempt in zip(attempts, made, strict=True):
        delivery.attempt_keys = f"{attempt.pk} "
    for model, rows in ((Submission, submissions), (Delivery, deliveries)):
        model.objects.bulk_create(rows, batch_size=500)


def _make_submission(number: int, revision: TaskRevision) -> Submission:
    received_at = datetime.now(UTC) - timedelta(days=100) + timedelta(seconds=number * 86.4)
    answers = {"email": f"p{number}@example.com", "name": f"Person {number}", "score": number % 11}
    answers["comment"] = "It took five minutes, and the preview showed what would be sent. " * (number % 4)
    workflow = revision.task.workflow
    return Submission(
        id=_id_at(received_at),
        brand_id=workflow.brand_id,
        survey_id=workflow.survey_id,
        received_at=received_at,
        answers=answers,
        planned_at=received_at,
    )


def _id_at(moment: datetime) -> uuid.UUID:
    """A version 7 UUID of that moment, as the product's own."""
    value = int(moment.timestamp() * 1000) << 80 | random.getrandbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 2 << 62)


def _make_delivery(submission: Submission, revision: TaskRevision, status: str) -> Delivery:
    key = delivery_id(submission.id, revision.task_id)
    event = {"type": "identify", "messageId": message_id(key), "userId": "x", "traits": submission.answers}
    reasons = {"rejected": "segment_refused", "failed": "gave_up", "skipped": "task_off"}
    return Delivery(
        id=key,
        brand_id=submission.brand_id,
        submission=submission,
        workflow_id=revision.task.workflow_id,
        task_id=revision.task_id,
        revision=revision,
        source_id=revision.source_id,
        region=revision.region,
        status=status,
        reason=reasons.get(status, ""),
        body="" if status == "skipped" else json.dumps(event),
        attempt_count=0 if status == "skipped" else 1,
        next_attempt_at=submission.received_at,
        created_at=submission.received_at,
        finished_at=submission.received_at,
    )


def _make_attempt(delivery: Delivery) -> Attempt:
    outcome = {"accepted": ("accepted", 200), "rejected": ("refused", 400), "failed": ("retry", 503)}
    name, code = outcome[delivery.status]
    return Attempt(
        started_at=delivery.created_at,
        duration_ms=40,
        outcome=name,
        status_code=code,
        answer='{"success": true}',
        batch_size=1,
    )
