"""What was erased for a person, written down without the person's data."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflows.identifiers import message_id
from workflows.models import DeliveryStatus
from workflows.retention.person import Person
from workflows.retention.removal import Counts, Held


class IdList:
    """Ids at 16 bytes each: a million of them are 16 MB."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, ids: Iterable[uuid.UUID]) -> None:
        for one in ids:
            self._bytes += one.bytes

    def __len__(self) -> int:
        return len(self._bytes) // 16

    def __iter__(self) -> Iterator[uuid.UUID]:
        for start in range(0, len(self._bytes), 16):
            yield uuid.UUID(bytes=bytes(self._bytes[start : start + 16]))


@dataclass
class Receipt:
    """Filled while erasing; `is_complete` is set at the very end. A dry run counts what would be erased."""

    person: Person
    brand_id: int | None
    is_dry_run: bool
    started_at: datetime
    finished_at: datetime | None = None
    is_complete: bool = False
    runs: Counts = field(default_factory=Counts)
    named_samples: int = 0
    field_samples: int = 0
    kept_texts: int = 0
    submission_ids: IdList = field(default_factory=IdList)
    accepted_ids: IdList = field(default_factory=IdList)
    uncertain_ids: IdList = field(default_factory=IdList)
    still_sending_ids: list[uuid.UUID] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)

    def note(self, submission_ids: Iterable[uuid.UUID], deliveries: Iterable[Held], counts: Counts) -> None:
        """Remember what goes, before it is gone."""
        self.runs += counts
        self.submission_ids.add(submission_ids)
        for delivery in deliveries:
            if delivery.status == DeliveryStatus.ACCEPTED:
                self.accepted_ids.add([delivery.id])
            elif delivery.attempt_count or delivery.leased_until:
                self.uncertain_ids.add([delivery.id])

    def as_json(self) -> str:
        return json.dumps(self._describe(), indent=2) + "\n"

    def _describe(self) -> dict[str, Any]:
        return {
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "dry_run": self.is_dry_run,
            "complete": self.is_complete,
            "criterion": {"kind": self.person.criterion.value, "sha256": self.person.digest},
            "brand": self.brand_id,
            "erased": {
                "submissions": self.runs.submissions,
                "deliveries": self.runs.deliveries,
                "attempts": self.runs.attempts,
                "named_samples": self.named_samples,
                "field_samples": self.field_samples,
                "kept_texts": self.kept_texts,
            },
            "submission_ids": [str(pk) for pk in self.submission_ids],
            "message_ids_accepted_by_segment": [message_id(pk) for pk in self.accepted_ids],
            "message_ids_segment_may_have": [message_id(pk) for pk in self.uncertain_ids],
            "not_erased": [{"what": what, "why": why} for what, why in self._list_left()],
        }

    def _list_left(self) -> Iterator[tuple[str, str]]:
        for pk in self.still_sending_ids:
            yield f"submission {pk}", "An event of it is being sent right now. Run the command again."
        yield from self.left
        if self.accepted_ids or self.uncertain_ids:
            yield (
                "Segment and its destinations",
                "Ask Segment with a regulation (SUPPRESS_WITH_DELETE or DELETE_ONLY) for this user.",
            )
        yield (
            "backups and exports",
            "They are outside this database: let them expire, or erase there as well.",
        )
