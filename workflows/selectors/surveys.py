"""Reading surveys: the list, what uses one, and which tasks still name a field that is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower

from accounts.models import Brand
from workflows.mapping.definition import Definition
from workflows.mapping.freeze import texts_of
from workflows.mapping.pipes import parse_template
from workflows.models import Delivery, DeliveryStatus, SegmentTask, Submission, Survey, SurveyField, Workflow

# The list says "1,000+" past this: counting a busy survey to its end would be slow.
MOST_COUNTED = 1_000


class _BoundedCount(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class MissingFields:
    """A task that names fields which its survey does not have; `keys` in the order found."""

    task: SegmentTask
    keys: tuple[str, ...]


def listed_surveys(brand: Brand, search: str = "") -> QuerySet[Survey]:
    """Surveys by name, annotated with `field_count`, `submission_count` (at most MOST_COUNTED + 1) and
    `last_received_at`."""
    submissions = Submission.objects.filter(survey=OuterRef("pk"))
    newest = submissions.order_by("-id").values("received_at")[:1]
    fields = SurveyField.objects.filter(survey=OuterRef("pk")).order_by().values("survey")
    rows = brand.surveys.filter(name__icontains=search) if search else brand.surveys.all()
    return rows.annotate(
        field_count=Subquery(fields.annotate(count=Count("pk")).values("count")),
        submission_count=_BoundedCount(submissions.values("id")[: MOST_COUNTED + 1]),
        last_received_at=Subquery(newest),
    ).order_by(Lower("name"), "id")


def workflows_using(survey: Survey) -> QuerySet[Workflow]:
    """The workflows this survey starts, deleted ones aside."""
    return survey.workflows.filter(deleted_at=None).order_by(Lower("name"), "id")


def has_unsent(survey: Survey) -> bool:
    """Whether a submission of the survey is not planned yet, or one of its events not sent to its end."""
    if survey.submissions.filter(planned_at=None).exists():
        return True
    return Delivery.objects.filter(submission__survey=survey, status=DeliveryStatus.PENDING).exists()


def tasks_missing_fields(survey: Survey, keys: Iterable[str]) -> list[MissingFields]:
    """Tasks of the survey's workflows whose draft or saved revision pipes a field not among `keys`."""
    known = frozenset(keys)
    tasks = (
        SegmentTask.objects.filter(workflow__survey=survey, workflow__deleted_at=None, deleted_at=None)
        .select_related("workflow", "current_revision")
        .order_by("workflow__name", "position", "id")
    )
    found = [MissingFields(task, _keys_not_in(known, _definitions_of(task))) for task in tasks]
    return [missing for missing in found if missing.keys]


def _definitions_of(task: SegmentTask) -> list[Definition]:
    saved = task.current_revision
    return [task.definition(), *([Definition.from_json(saved.definition)] if saved else [])]


def _keys_not_in(known: frozenset[str], definitions: list[Definition]) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for definition in definitions:
        for text in texts_of(definition):
            for pipe in parse_template(text, "").pipes:
                if pipe.key is not None and pipe.key not in known and not pipe.is_response_id:
                    keys[pipe.key] = None
    return tuple(keys)
