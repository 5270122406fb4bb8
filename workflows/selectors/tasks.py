"""Reading Segment tasks: what is chosen, what is saved, and the survey's fields as the mapping takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet

from accounts.models import User
from workflows.mapping.definition import Definition, Field
from workflows.models import EventType, SegmentTask, SurveyField


def tasks_of(user: User) -> QuerySet[SegmentTask]:
    """The tasks of the user's brand that are not deleted, with all that a page of theirs shows."""
    tasks = SegmentTask.objects.filter(
        workflow__brand_id=user.brand_id, deleted_at=None, workflow__deleted_at=None
    )
    related = tasks.select_related("workflow__survey", "account__owner", "source", "current_revision")
    # A join does not go through the managers that defer the secrets.
    return related.defer("account__secret", "source__write_key", "account__owner__password")


def mapping_fields(survey_id: int) -> tuple[Field, ...]:
    """The survey's fields in its order, as `workflows.mapping` takes them."""
    rows = SurveyField.objects.filter(survey_id=survey_id).values_list(
        "key", "label", "kind", "type", "sample"
    )
    return tuple(Field(*row) for row in rows)


def is_step_done(task: SegmentTask, step: str) -> bool:
    """Whether the wizard's `step` has its choice: its column is filled."""
    if step == "workspace":
        return bool(task.workspace_id) or (task.account is not None and not task.account.has_token)
    if step == "event":
        return bool(task.event_type) and (task.event_type != EventType.TRACK or bool(task.event_name))
    columns = {"account": task.account_id, "source": task.source_id, "region": task.region}
    return bool(columns[step]) if step in columns else task.is_saved


def differs_from_saved(task: SegmentTask) -> bool:
    """Whether the draft is not what is sent now. A task never saved does not differ: nothing is sent."""
    saved = task.current_revision
    if saved is None:
        return False
    # A draft has no labels: they are added when it is saved.
    sent = replace(Definition.from_json(saved.definition), labels=())
    is_elsewhere = (saved.source_id, saved.region) != (task.source_id, task.region)
    return is_elsewhere or sent.to_json() != task.definition().to_json()


def event_names_used(brand_id: int) -> Iterable[str]:
    """The names of the brand's track events, for the list of suggestions: at most 100, sorted."""
    names = SegmentTask.objects.filter(workflow__brand_id=brand_id, deleted_at=None).exclude(event_name="")
    return names.order_by("event_name").values_list("event_name", flat=True).distinct()[:100]
