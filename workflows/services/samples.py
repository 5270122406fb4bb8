"""Writing named samples: keeping answers under a name, replacing and deleting them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import User
from workflows.models import Survey, SurveySample

MAX_SAMPLES = 50  # of one survey: the list stays one to choose from


class SampleNameTakenError(Exception):
    """Another sample of the survey has the name."""


class TooManySamplesError(Exception):
    """The survey has `MAX_SAMPLES` samples."""


def save_sample(
    survey_id: int, name: str, answers: dict[str, Any], user: User, edited_id: int | None = None
) -> SurveySample:
    """Keep `answers` as the survey's sample `name`.

    The sample that was edited (`edited_id`) is replaced when it has that name; another one's answers are
    never overwritten. Raises `SampleNameTakenError` and `TooManySamplesError`.
    """
    with transaction.atomic():
        Survey.objects.select_for_update().get(pk=survey_id)  # one caller at a time counts and looks
        samples = SurveySample.objects.filter(survey_id=survey_id)
        present = samples.filter(name=name).first()
        if present is None:
            if samples.count() >= MAX_SAMPLES:
                raise TooManySamplesError
            return samples.create(survey_id=survey_id, name=name, answers=answers, created_by=user)
        if present.pk != edited_id:
            raise SampleNameTakenError
        present.answers = answers
        present.save(update_fields=["answers"])
        return present


def delete_sample(sample: SurveySample) -> None:
    sample.delete()
