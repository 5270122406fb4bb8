from __future__ import annotations

import uuid
from datetime import UTC, datetime

from segment.limits import MAX_BATCH_BYTES
from segment.tracking import build_batch_body
from workflows.delivery.batches import Claimed, group

SENT_AT = datetime(2026, 3, 1, tzinfo=UTC)


def make_claimed(
    number: int, source_id: int = 1, region: str = "oregon", size: int = 10, lease: int = 0
) -> Claimed:
    """Under a lease for each source, if no other is named."""
    ids = uuid.uuid4().hex, uuid.UUID(int=number).hex
    return Claimed(lease or source_id, *ids, source_id, region, b"x" * size, 0, None)


def numbers(items: tuple[Claimed, ...]) -> list[int]:
    return [int(item.submission_id, 16) for item in items]


def test_events_of_one_source_and_region_leave_together_in_the_order_received() -> None:
    claimed = [make_claimed(3), make_claimed(1), make_claimed(9, source_id=2), make_claimed(2)]
    claimed.append(make_claimed(7, region="dublin"))
    assert [(batch.source_id, batch.region, numbers(batch.items)) for batch in group(claimed)] == [
        (1, "oregon", [1, 2, 3]),
        (2, "oregon", [9]),
        (1, "dublin", [7]),
    ]


def test_what_one_source_is_sent_under_two_leases_leaves_apart() -> None:
    batches = group([make_claimed(2, lease=7), make_claimed(1, lease=8), make_claimed(3, lease=7)])
    assert [(batch.lease, batch.source_id, numbers(batch.items)) for batch in batches] == [
        (7, 1, [2, 3]),
        (8, 1, [1]),
    ]


def test_a_batch_has_at_most_2500_events() -> None:
    batches = group(make_claimed(number) for number in range(2_501))
    assert [len(batch.items) for batch in batches] == [2_500, 1]


def test_a_batch_with_its_envelope_has_at_most_500_kb_and_no_more_batches_than_needed() -> None:
    batches = group(make_claimed(number, size=32_000) for number in range(32))
    bodies = [build_batch_body("k" * 32, [item.body for item in batch.items], SENT_AT) for batch in batches]
    assert [len(batch.items) for batch in batches] == [15, 15, 2]
    assert max(map(len, bodies)) <= MAX_BATCH_BYTES


def test_an_event_larger_than_a_batch_stands_alone() -> None:
    batches = group([make_claimed(1), make_claimed(2, size=MAX_BATCH_BYTES), make_claimed(3)])
    assert [numbers(batch.items) for batch in batches] == [[1], [2], [3]]


def test_nothing_claimed_makes_no_batch() -> None:
    assert group([]) == []


def test_the_body_does_not_show_in_a_repr() -> None:
    assert "xxxx" not in repr(make_claimed(1))
