"""Reading what a preview may be computed from: a survey's newest submissions and its named samples."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from workflows.mapping.definition import SubmissionData
from workflows.models import Submission, SurveySample

MAX_SUBMISSIONS = 50


def newest_submissions(survey_id: int) -> list[tuple[uuid.UUID, datetime]]:
    """Ids and times of the survey's last submissions, newest first, without their answers."""
    newest = Submission.objects.filter(survey_id=survey_id).order_by("-id")
    return list(newest.values_list("id", "received_at")[:MAX_SUBMISSIONS])


def named_samples(survey_id: int) -> list[tuple[int, str]]:
    """Ids and names of the survey's samples, by name."""
    return list(SurveySample.objects.filter(survey_id=survey_id).values_list("id", "name"))


def submission_of(survey_id: int, submission_id: uuid.UUID) -> Submission | None:
    """None for another survey's submission, and for one that does not exist."""
    return Submission.objects.filter(survey_id=survey_id, pk=submission_id).first()


def newest_submission(survey_id: int) -> Submission | None:
    return Submission.objects.filter(survey_id=survey_id).order_by("-id").first()


def sample_of(survey_id: int, sample_id: int) -> SurveySample | None:
    """None for another survey's sample, and for one that does not exist."""
    return SurveySample.objects.filter(survey_id=survey_id, pk=sample_id).first()


def submissions_to_try(survey_id: int, count: int) -> Iterator[tuple[uuid.UUID, SubmissionData]]:
    """The last `count` submissions, newest first, a few in memory at a time: each may have 256 KB."""
    rows = Submission.objects.filter(survey_id=survey_id).order_by("-id")
    for pk, received_at, answers in rows.values_list("id", "received_at", "answers")[:count].iterator(10):
        yield pk, SubmissionData(str(pk), received_at, answers)
