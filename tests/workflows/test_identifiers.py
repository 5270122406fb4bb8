"""Ids sort by time, and what is derived is the same every time."""

from __future__ import annotations

import uuid

from workflows.identifiers import delivery_id, message_id, new_time_ordered_id

SUBMISSION = uuid.UUID("01975b0e-1234-7abc-8000-000000000001")


def test_a_delivery_s_id_never_changes() -> None:
    assert str(delivery_id(SUBMISSION, 1)) == "01975b0e-1234-8abc-9012-61ad1839de01"
    assert str(delivery_id(SUBMISSION, None)) == "01975b0e-1234-8abc-b3d8-8a5a9c67c769"
    assert message_id(delivery_id(SUBMISSION, 1)) == "tributary-01975b0e-1234-8abc-9012-61ad1839de01"


def test_a_delivery_s_id_is_a_version_8_uuid_of_its_submission_s_time() -> None:
    made = delivery_id(SUBMISSION, 1)
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert str(made)[:13] == "01975b0e-1234"
    assert str(made)[15:18] == "abc"


def test_deliveries_sort_as_their_submissions_do() -> None:
    submissions = [new_time_ordered_id() for _ in range(100)]
    made = [delivery_id(pk, 7) for pk in sorted(submissions)]
    heads = [pk.int >> 64 for pk in made]
    assert heads == sorted(heads)


def test_each_submission_and_task_has_an_id_of_its_own() -> None:
    same_time = [uuid.UUID(int=SUBMISSION.int + number) for number in range(100)]
    made = {delivery_id(pk, task) for pk in same_time for task in (None, *range(1, 100))}
    assert len(made) == 100 * 100
