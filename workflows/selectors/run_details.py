"""Reading one run in full: the answers, and per task the event, its attempts and its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from workflows.models import Attempt, Delivery, DeliveryStatus, Submission
from workflows.selectors.runs import Run, RunLine, delivery_rows, make_run
from workflows.selectors.troubles import Trouble, troubles_by_source

MAX_LISTED_ANSWERS = 200
MAX_ANSWER_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as the table shows it: `text` as it came in, anything else as the JSON `value`."""

    key: str
    label: str
    text: str
    value: object
    is_text: bool
    is_cut: bool

    @property
    def is_block(self) -> bool:
        """Whether it takes several lines: a list or an object with something in it."""
        return isinstance(self.value, (list, dict)) and bool(self.value)


@dataclass(frozen=True, slots=True)
class Answers:
    """The first 200 answers, those of the survey's fields first; `hidden` more are only in the JSON."""

    listed: tuple[Answer, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A line of the run with the event as it was built (None: none was built) and its size in bytes.

    `trouble` is that of the source for which the event waits.
    """

    line: RunLine
    event: object | None
    size: int
    attempts: tuple[Attempt, ...]
    trouble: Trouble | None = None


def load_run(submission: Submission) -> tuple[Run, tuple[DeliveryDetail, ...]]:
    """The run of a submission, and a detail per line of it."""
    prefetch_related_objects([submission], Prefetch("deliveries", queryset=delivery_rows()))
    run = make_run(submission)
    waiting = {
        line.delivery.source_id
        for line in run.lines
        if line.delivery and line.delivery.source_id and line.status == DeliveryStatus.PENDING
    }
    troubles = troubles_by_source(waiting) if waiting else {}
    attempts = Attempt.objects.in_bulk(
        {key for line in run.lines if line.delivery for key in line.delivery.attempt_ids}
    )
    return run, tuple(_make_detail(line, troubles, attempts) for line in run.lines)


def read_answers(submission: Submission) -> Answers:
    """What came in, with the survey's labels, in the survey's order; unknown keys follow."""
    labels = dict(submission.survey.fields.values_list("key", "label"))
    given = submission.answers if isinstance(submission.answers, dict) else {"": submission.answers}
    keys = [key for key in labels if key in given] + [key for key in given if key not in labels]
    listed = tuple(_make_answer(key, labels.get(key, ""), given[key]) for key in keys[:MAX_LISTED_ANSWERS])
    return Answers(listed, len(keys) - len(listed))


def _make_answer(key: str, label: str, value: object) -> Answer:
    text = _printable(value) if isinstance(value, str) else ""
    return Answer(
        key=_printable(key),
        label=label,
        text=text[:MAX_ANSWER_CHARACTERS],
        value=value,
        is_text=isinstance(value, str),
        is_cut=len(text) > MAX_ANSWER_CHARACTERS,
    )


def _printable(text: str) -> str:
    """`text` with half surrogate pairs, which no page can carry, written as their escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _make_detail(
    line: RunLine, troubles: Mapping[int, Trouble], attempts: Mapping[int, Attempt]
) -> DeliveryDetail:
    delivery = line.delivery
    if delivery is None:
        return DeliveryDetail(line, None, 0, ())
    is_waiting = line.status == DeliveryStatus.PENDING
    return DeliveryDetail(
        line,
        _read_event(delivery),
        len(delivery.body.encode()),
        tuple(attempts[key] for key in delivery.attempt_ids if key in attempts),
        troubles.get(delivery.source_id or 0) if is_waiting else None,
    )


def _read_event(delivery: Delivery) -> object | None:
    if not delivery.body:
        return None
    event: object = json.loads(delivery.body)
    return event
