"""Ids that sort by the time they were made, and the ids derived from them."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta

MESSAGE_ID_PREFIX = "tributary-"
# Of a UUID: all before the variant but the version, and all from the variant on.
_TIME = (1 << 128) - (1 << 64) - (0xF << 76)
_LOW_HALF = (1 << 64) - 1


def new_time_ordered_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562). Later ids sort later, also within one millisecond.

    48 bits of milliseconds, 12 bits of the fraction (section 6.2, method 3: 244 ns each), 62 random bits.
    """
    return _time_ordered_id(time.time_ns(), secrets.randbits(62))


def first_id_at(moment: datetime) -> uuid.UUID:
    """The smallest time-ordered id of `moment`: what was made before has a smaller one."""
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return _time_ordered_id(microseconds * 1_000, 0)


def _time_ordered_id(nanoseconds: int, random: int) -> uuid.UUID:
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4_096 // 1_000_000
    head = (milliseconds & (1 << 48) - 1) << 16 | 7 << 12 | fraction
    return uuid.UUID(int=head << 64 | 2 << 62 | random)


def new_submit_key() -> str:
    """An unguessable key for a survey's submit address: 22 URL-safe characters, 128 bits."""
    return secrets.token_urlsafe(16)


def delivery_id(submission_id: uuid.UUID, task_id: int | None) -> uuid.UUID:
    """The id of the one delivery that a submission owes for a task: the same however often it is planned.

    A UUID version 8 (RFC 9562): the submission's time, then 62 bits of a hash of both ids. With ids at
    random, each row written or removed would touch index pages of its own in a long history.
    """
    name = f"task-{task_id}" if task_id else "no-task"
    hashed = uuid.uuid5(submission_id, name).int & _LOW_HALF
    return uuid.UUID(int=submission_id.int & _TIME | 8 << 76 | hashed)


def message_id(delivery: uuid.UUID) -> str:
    """Segment's `messageId` for a delivery (46 characters): the same in every retry."""
    return MESSAGE_ID_PREFIX + str(delivery)


def random_anonymous_id(delivery: uuid.UUID) -> str:
    """The anonymous ID of an event whose two ids are empty: the same in the preview and in every retry."""
    return str(uuid.uuid5(delivery, "anonymous-id"))
