"""What a preview is computed from: a real submission, or the sample values of the survey's fields."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.mapping.definition import Field, SubmissionData
from workflows.models import Submission
from workflows.moments import describe_distance

FIELD_VALUES = "fields"
MAX_CHOICES = 5

# Stands for the submission's id where there is no submission: shaped as a real one, and no real one.
_NO_SUBMISSION = uuid.UUID("00000000-0000-7000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class SampleChoice:
    """One entry of the list of samples; `key` is `FIELD_VALUES` or a submission's id."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The submission an event is built for; `is_real` when it was received."""

    key: str
    submission_id: uuid.UUID
    data: SubmissionData
    is_real: bool


def sample_choices(survey_id: int) -> tuple[SampleChoice, ...]:
    """The newest submissions of the survey, newest first, then the fields' sample values."""
    newest = Submission.objects.filter(survey_id=survey_id).order_by("-id")
    now = timezone.now()
    return (
        *(
            SampleChoice(str(pk), _label(pk, received_at, now))
            for pk, received_at in newest.values_list("id", "received_at")[:MAX_CHOICES]
        ),
        SampleChoice(FIELD_VALUES, _("Sample values of the survey’s fields")),
    )


def find_sample(
    survey_id: int, wanted: str, choices: Sequence[SampleChoice], fields: Sequence[Field]
) -> Sample:
    """The wanted sample, else the first choice. A submission of another survey is never found."""
    key = wanted if any(choice.key == wanted for choice in choices) else choices[0].key
    if key != FIELD_VALUES:
        submission = Submission.objects.filter(survey_id=survey_id, pk=key).first()
        if submission is not None:
            data = SubmissionData(str(submission.pk), submission.received_at, submission.answers)
            return Sample(key, submission.pk, data, is_real=True)
    answers = {field.key: field.sample for field in fields if field.sample is not None}
    data = SubmissionData(str(_NO_SUBMISSION), timezone.now(), answers)
    return Sample(FIELD_VALUES, _NO_SUBMISSION, data, is_real=False)


def _label(pk: uuid.UUID, received_at: datetime, now: datetime) -> str:
    return _("Submission …%(id)s, %(when)s") % {
        "id": str(pk)[-6:],
        "when": describe_distance(received_at, now),
    }
