"""Writing workflows: adding, editing, switching and deleting them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from workflows.models import Survey, Workflow
from workflows.selectors.workflows import has_saved_task


class SurveyFixedError(Exception):
    """The survey cannot change: a saved task pipes the fields of the present one."""


def add_workflow(user: User, name: str, survey: Survey) -> Workflow:
    """A workflow that is on and has no task yet."""
    return Workflow.objects.create(brand=user.brand, survey=survey, name=name, created_by=user)


def edit_workflow(workflow: Workflow, name: str, survey: Survey) -> None:
    """Rename it, or let another survey trigger it. Raises `SurveyFixedError` once a task is saved."""
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        if locked.survey_id != survey.pk and has_saved_task(locked):
            raise SurveyFixedError
        locked.name, locked.survey = name, survey
        locked.save(update_fields=["name", "survey"])


def set_workflow_enabled(workflow: Workflow, is_enabled: bool) -> None:
    """Switch it on or off. What is owed already is still sent; what comes in while it is off is skipped."""
    workflow.is_enabled = is_enabled
    workflow.save(update_fields=["is_enabled"])


def delete_workflow(workflow: Workflow) -> None:
    """Take it out of the list. Its runs stay readable, and its survey goes on taking submissions."""
    Workflow.objects.filter(pk=workflow.pk, deleted_at=None).update(deleted_at=timezone.now())
    workflow.refresh_from_db(fields=["deleted_at"])
