"""Writing surveys: adding one, saving its fields, taking fields over from a sample, deleting it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from workflows.models import Delivery, FieldKind, Survey, SurveyField
from workflows.retention.removal import erase_quotes
from workflows.selectors.surveys import has_unsent, workflows_using
from workflows.surveys.samples import ProposedField


class SurveyInUseError(Exception):
    """The survey starts workflows, so it stays."""


class SurveyBusyError(Exception):
    """Events of the survey's submissions are still owed to Segment, so it stays until they are sent."""


@dataclass(frozen=True, slots=True)
class FieldValues:
    """One field as the form leaves it; `id` None is a new one. Their order is the survey's order."""

    id: int | None
    key: str
    label: str
    kind: str
    type: str
    sample: Any
    is_required: bool


def add_survey(user: User, name: str, proposed: Iterable[ProposedField] = ()) -> Survey:
    """A survey of the user's brand, with the fields that a sample proposed."""
    with transaction.atomic():
        survey = Survey.objects.create(brand=user.brand, name=name, created_by=user)
        take_over_fields(survey, proposed)
    return survey


def take_over_fields(survey: Survey, proposed: Iterable[ProposedField]) -> None:
    """Add the proposed fields, as questions, after those that the survey has."""
    start = survey.fields.count()
    SurveyField.objects.bulk_create(
        SurveyField(
            survey=survey,
            key=field.key,
            label=field.label,
            kind=FieldKind.QUESTION,
            type=field.type,
            sample=field.sample,
            position=start + index,
        )
        for index, field in enumerate(proposed)
    )


def save_survey(survey: Survey, fields: Sequence[FieldValues], removed_ids: Iterable[int] = ()) -> None:
    """Save the survey's own columns and its fields as given.

    Fields that are neither given nor removed (added meanwhile in another tab) stay, at the end. The given
    ones are written anew under their ids, so that two fields may swap their keys.
    """
    with transaction.atomic():
        survey.save()
        own_ids = set(survey.fields.values_list("pk", flat=True))
        kept_ids = own_ids & {field.id for field in fields if field.id is not None}
        survey.fields.filter(pk__in=kept_ids | (own_ids & set(removed_ids))).delete()
        for other_index, other in enumerate(survey.fields.all()):
            other.position = len(fields) + other_index
            other.save(update_fields=["position"])
        SurveyField.objects.bulk_create(
            _make_field(survey, position, field, kept_ids) for position, field in enumerate(fields)
        )


def delete_survey(survey: Survey) -> None:
    """Delete the survey with its fields, submissions and runs; raises where something still needs it."""
    with transaction.atomic():
        Survey.objects.select_for_update().get(pk=survey.pk)
        if workflows_using(survey).exists():
            raise SurveyInUseError
        if has_unsent(survey):
            raise SurveyBusyError
        # Revisions are protected by deliveries, and the survey by workflows that were deleted before it.
        deliveries = Delivery.objects.filter(submission__survey=survey)
        erase_quotes(deliveries)
        deliveries.delete()
        survey.workflows.all().delete()
        survey.delete()


def _make_field(survey: Survey, position: int, field: FieldValues, kept_ids: set[int]) -> SurveyField:
    return SurveyField(
        pk=field.id if field.id in kept_ids else None,
        survey=survey,
        key=field.key,
        label=field.label,
        kind=field.kind,
        type=field.type,
        sample=field.sample,
        is_required=field.is_required,
        position=position,
    )
