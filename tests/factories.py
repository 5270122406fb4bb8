"""Plain functions that make rows for tests; each returns the row."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from accounts.models import AccountHealth, AccountKind, Brand, SegmentAccount, Source, User
from accounts.secrets import write_key_digest
from workflows.models import SegmentTask, Submission, Survey, SurveyField, TaskRevision, Workflow

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"
FIELDS = [
    {"key": "email", "label": "E-mail", "kind": "contact", "type": "email", "sample": "ada@example.com"},
    {"key": "name", "label": "Name", "kind": "contact", "type": "text", "sample": "Ada Lovelace"},
    {"key": "score", "label": "Score", "kind": "question", "type": "number", "sample": 9},
    {"key": "comment", "label": "Comment", "kind": "question", "type": "long_text", "sample": "Very clear."},
]


def make_brand(name: str = "Acme") -> Brand:
    return Brand.objects.create(name=name)


def make_user(brand: Brand, role: str = "member", email: str = "", **columns: Any) -> User:
    email = email or f"{role}{next(_numbers)}@example.com"
    return User.objects.create_user(email, PASSWORD, brand, role=role, **columns)


def make_account(
    brand: Brand, owner: User | None = None, token: str = "sandbox-oregon-owner", **columns: Any
) -> SegmentAccount:
    values: dict[str, Any] = {
        "name": f"Account {next(_numbers)}",
        "kind": AccountKind.TOKEN,
        "region": "oregon",
        "workspace_id": "ws-oregon",
        "workspace_name": "Acme",
        "health": AccountHealth.GOOD,
        "secret_last4": token[-4:],
    }
    return SegmentAccount.objects.create(brand=brand, owner=owner, secret=token, **(values | columns))


def make_source(
    brand: Brand, account: SegmentAccount | None = None, write_key: str = "", **columns: Any
) -> Source:
    write_key = write_key or f"write-key-{next(_numbers)}"
    values: dict[str, Any] = {"name": "website", "slug": "website", "segment_id": f"src{next(_numbers)}"}
    return Source.objects.create(
        brand=brand,
        account=account,
        write_key=write_key,
        write_key_digest=write_key_digest(write_key),
        write_key_last4=write_key[-4:],
        **(values | columns),
    )


def make_survey(brand: Brand, fields: list[dict[str, Any]] | None = None, **columns: Any) -> Survey:
    survey = Survey.objects.create(brand=brand, name=columns.pop("name", "Customer feedback"), **columns)
    for position, field in enumerate(FIELDS if fields is None else fields):
        SurveyField.objects.create(survey=survey, position=position, **field)
    return survey


def make_workflow(survey: Survey, **columns: Any) -> Workflow:
    return Workflow.objects.create(
        brand=survey.brand, survey=survey, name=columns.pop("name", "Feedback to Segment"), **columns
    )


def make_task(
    workflow: Workflow, source: Source | None = None, saved: bool = True, **columns: Any
) -> SegmentTask:
    """A task with every step done; `saved` gives it its first revision."""
    source = source or make_source(workflow.brand)
    values: dict[str, Any] = {
        "account": source.account,
        "workspace_id": "ws-oregon",
        "workspace_name": "Acme",
        "source": source,
        "event_type": "identify",
        "region": "oregon",
        "user_id": "${email}",
        "rows": [{"key": "name", "value": "${name}"}, {"key": "score", "value": "${score}"}],
        "position": workflow.tasks.count(),
    }
    task = SegmentTask.objects.create(workflow=workflow, **(values | columns))
    if saved:
        revise_task(task)
    return task


def revise_task(task: SegmentTask) -> TaskRevision:
    """Save the draft as the next revision, without the product's checks."""
    assert task.source is not None
    revision = TaskRevision.objects.create(
        task=task,
        number=task.revisions.count() + 1,
        definition=task.definition().to_json(),
        source=task.source,
        region=task.region,
    )
    task.current_revision = revision
    task.save(update_fields=["current_revision"])
    return revision


def make_submission(survey: Survey, answers: dict[str, Any] | None = None, **columns: Any) -> Submission:
    answers = {"email": "ada@example.com", "name": "Ada", "score": 9} if answers is None else answers
    return Submission.objects.create(
        brand=survey.brand,
        survey=survey,
        answers=answers,
        received_at=columns.pop("received_at", timezone.now()),
        **columns,
    )
