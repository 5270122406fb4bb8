"""Finding a person's runs: every submission is read once, a page at a time, in the order of its id."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from django.db.models import TextField
from django.db.models.functions import Cast

from workflows.models import Delivery, Submission
from workflows.retention.person import Person

PAGE_ROWS = 100  # of up to 256 KB each, and their events of up to 32 KB


def find_runs(person: Person, brand_id: int | None = None) -> Iterator[list[uuid.UUID]]:
    """For every page of submissions, the ids of those that are the person's: by an answer, by an event
    built from it, or by its Idempotency-Key. All that was committed before the first page is seen.
    """
    last = uuid.UUID(int=0)
    while page := _read_page(last, brand_id):
        last = page[-1][0]
        found = {pk for pk, key, answers in page if person.is_in_answers(answers) or person.is_value(key)}
        rest = [pk for pk, _key, _answers in page if pk not in found]
        found |= _find_by_event(person, rest)
        yield sorted(found)


def _read_page(after: uuid.UUID, brand_id: int | None) -> Sequence[tuple[uuid.UUID, str | None, str]]:
    rows = Submission.objects.filter(pk__gt=after).order_by("pk")
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    # As text: answers that are no sound JSON must not stop the search for a person.
    rows = rows.annotate(text=Cast("answers", TextField()))
    return list(rows.values_list("pk", "idempotency_key", "text")[:PAGE_ROWS])


def _find_by_event(person: Person, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    events = Delivery.objects.filter(submission_id__in=ids).exclude(body="")
    return {
        submission_id
        for submission_id, body in events.values_list("submission_id", "body").iterator(chunk_size=100)
        if person.is_in_body(body)
    }
