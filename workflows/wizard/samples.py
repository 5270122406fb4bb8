"""What a preview is computed from: a submission, a named sample, the fields' values, or JSON in place."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.intake.json_body import parse_object
from workflows.intake.refusals import Refused
from workflows.mapping.definition import Field, SubmissionData
from workflows.models import Submission, SurveySample
from workflows.moments import describe_distance
from workflows.selectors.samples import (
    named_samples,
    newest_submission,
    newest_submissions,
    sample_of,
    submission_of,
)

FIELD_VALUES = "fields"
TYPED = "typed"
_NAMED = "sample-"

# Stands for the submission's id where there is no submission: shaped as a real one, and no real one.
_NO_SUBMISSION = uuid.UUID("00000000-0000-7000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sample a request asks for.

    `key` is `FIELD_VALUES`, `TYPED`, a submission's id or "sample-N"; "" is the newest. With `TYPED`, `text`
    is the JSON as typed, and `base` the key of the sample it was made from.
    """

    key: str = ""
    text: str | None = None
    base: str = ""


NEWEST = Wanted()


@dataclass(frozen=True, slots=True)
class SampleChoice:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """A part of the list of samples, under its label."""

    label: str
    choices: tuple[SampleChoice, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The submission an event is built for; `is_real` when it was received.

    `typed` is the text of JSON edited in place. With a `problem` that text cannot be read, and `data` is that
    of the sample it was made from.
    """

    key: str
    submission_id: uuid.UUID
    data: SubmissionData
    is_real: bool
    name: str = ""
    base: str = ""
    typed: str | None = None
    problem: str = ""

    @property
    def made_from(self) -> str:
        if self.typed is not None and not self.problem:
            return _("JSON edited here, not a submission")
        if self.is_real:
            return _("a real submission")
        if self.name:
            return _("the sample “%(name)s”, not a submission") % {"name": self.name}
        return _("sample values: the fields’ own, not a submission")


@dataclass(frozen=True, slots=True)
class Editor:
    """The JSON to edit. `shown`, `base` and `digest` go with the form, to tell what was edited from what."""

    text: str
    shown: str
    base: str
    digest: str
    sample_name: str
    problem: str
    is_too_large: bool
    is_open: bool


def read_wanted(data: Mapping[str, Any]) -> Wanted:
    """What a posted form asks for. JSON that was edited counts, unless another sample was chosen since."""
    key = str(data.get("sample", ""))
    text = data.get("sample_json")
    if text is None:
        return Wanted("" if key == TYPED else key)
    text = str(text)
    is_edited = digest_of(text) != data.get("sample_digest", "") and key == data.get("sample_shown", "")
    if key == TYPED or is_edited:
        return Wanted(TYPED, text, str(data.get("sample_base", "")))
    return Wanted(key)


def find_sample(survey_id: int, wanted: Wanted, fields: Sequence[Field]) -> Sample:
    """The wanted sample, else the newest submission, else the fields' sample values.

    Nothing of another survey is ever found.
    """
    if wanted.key != TYPED or wanted.text is None:
        return _find_stored(survey_id, wanted.key, fields)
    try:
        answers = read_answers(wanted.text)
    except Refused as refused:
        base = _find_stored(survey_id, wanted.base, fields)
        return replace(base, key=TYPED, base=base.key, typed=wanted.text, problem=refused.message)
    data = SubmissionData(str(_NO_SUBMISSION), timezone.now(), answers)
    return Sample(TYPED, _NO_SUBMISSION, data, is_real=False, base=wanted.base, typed=wanted.text)


def read_answers(text: str) -> dict[str, Any]:
    """The answers in `text`, by the rules of the submit endpoint. Raises `Refused` with line and column."""
    size = len(text.encode("utf-8", "replace"))
    if size > settings.MAX_SUBMISSION_BYTES:
        message = _("The JSON has %(size)s KB, and a submission has at most %(limit)s KB. Shorten it.")
        limits = {"size": -(-size // 1024), "limit": settings.MAX_SUBMISSION_BYTES // 1024}
        raise Refused("body_too_large", message % limits)
    return parse_object(text.removeprefix("\ufeff"))


def sample_groups(survey_id: int, sample: Sample, has_editor: bool) -> tuple[SampleGroup, ...]:
    """The samples to choose from; `sample` is among them also when it is an older submission."""
    now = timezone.now()
    received = newest_submissions(survey_id)
    if sample.is_real and sample.submission_id not in dict(received):
        received.append((sample.submission_id, sample.data.received_at))
    submissions = [SampleChoice(str(pk), _label(pk, at, now)) for pk, at in received]
    named = [SampleChoice(f"{_NAMED}{pk}", name) for pk, name in named_samples(survey_id)]
    others = [SampleChoice(FIELD_VALUES, _("Sample values of the survey’s fields"))]
    if has_editor:
        others.append(SampleChoice(TYPED, _("JSON edited here")))
    return tuple(
        SampleGroup(label, tuple(choices))
        for label, choices in (
            (_("Submissions"), submissions),
            (_("Samples"), named),
            (_("Other"), others),
        )
        if choices
    )


def make_editor(sample: Sample, is_open: bool = False) -> Editor:
    """The sample's JSON, or the text as it was typed."""
    text = print_answers(sample.data.answers) if sample.typed is None else sample.typed
    is_too_large = sample.typed is None and len(text.encode()) > settings.MAX_SUBMISSION_BYTES
    return Editor(
        text="" if is_too_large else text,
        shown=sample.key,
        base=sample.base or sample.key,
        digest=digest_of(text),
        sample_name=sample.name,
        problem=sample.problem,
        is_too_large=is_too_large,
        is_open=is_open or sample.typed is not None,
    )


def print_answers(answers: Mapping[str, object]) -> str:
    """Answers as JSON to edit; indented, unless that makes more of them than may be submitted."""
    for indent in (2, None):
        text = json.dumps(answers, ensure_ascii=False, indent=indent)
        text = text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair becomes its escape
        if len(text.encode()) <= settings.MAX_SUBMISSION_BYTES:
            break
    return text


def named_id(key: str) -> int | None:
    """The id in a named sample's key."""
    number = key.removeprefix(_NAMED)
    is_id = key.startswith(_NAMED) and number.isascii() and number.isdigit() and len(number) < 18
    return int(number) if is_id else None


def sample_key(sample: SurveySample) -> str:
    return f"{_NAMED}{sample.pk}"


def digest_of(text: str) -> str:
    """Tells whether a text area was edited, whatever line ends the browser sends."""
    plain = text.replace("\r\n", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def _find_stored(survey_id: int, key: str, fields: Iterable[Field]) -> Sample:
    if (sample_id := named_id(key)) is not None and (sample := sample_of(survey_id, sample_id)):
        data = SubmissionData(str(_NO_SUBMISSION), timezone.now(), sample.answers)
        return Sample(key, _NO_SUBMISSION, data, is_real=False, name=sample.name)
    if key != FIELD_VALUES:
        submission = _find_submission(survey_id, key)
        if submission is not None:
            data = SubmissionData(str(submission.pk), submission.received_at, submission.answers)
            return Sample(str(submission.pk), submission.pk, data, is_real=True)
    answers = {field.key: field.sample for field in fields if field.sample is not None}
    data = SubmissionData(str(_NO_SUBMISSION), timezone.now(), answers)
    return Sample(FIELD_VALUES, _NO_SUBMISSION, data, is_real=False)


def _find_submission(survey_id: int, key: str) -> Submission | None:
    try:
        wanted = submission_of(survey_id, uuid.UUID(key))
    except ValueError:
        wanted = None
    return wanted or newest_submission(survey_id)


def _label(pk: uuid.UUID, received_at: datetime, now: datetime) -> str:
    return _("Submission …%(id)s, %(when)s") % {
        "id": str(pk)[-6:],
        "when": describe_distance(received_at, now),
    }
