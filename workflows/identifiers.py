"""Ids that sort by the time they were made, and the ids derived from them."""

from __future__ import annotations

import secrets
import time
import uuid

MESSAGE_ID_PREFIX = "tributary-"


def new_time_ordered_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random bits. Later ids sort later."""
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 2 << 62)


def new_submit_key() -> str:
    """An unguessable key for a survey's submit address: 22 URL-safe characters, 128 bits."""
    return secrets.token_urlsafe(16)


def delivery_id(submission_id: uuid.UUID, task_id: int | None) -> uuid.UUID:
    """The id of the one delivery that a submission owes for a task: the same however often it is planned."""
    return uuid.uuid5(submission_id, f"task-{task_id}" if task_id else "no-task")


def message_id(delivery: uuid.UUID) -> str:
    """Segment's `messageId` for a delivery (46 characters): the same in every retry."""
    return MESSAGE_ID_PREFIX + str(delivery)
