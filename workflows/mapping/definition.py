"""What a task says, what a survey has and what came in: the values the mapping works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One mapped field: a dotted key (`keys.py`) and a value with piped text (`pipes.py`)."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a task says. `event_name` counts for track only; both ids are piped text."""

    event_type: str
    event_name: str = ""
    user_id: str = ""
    anonymous_id: str = ""
    random_anonymous_id: bool = False
    rows: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The JSON object a revision stores; `from_json` reads it back to an equal value."""
        return {
            "version": VERSION,
            "event_type": self.event_type,
            "event_name": self.event_name,
            "user_id": self.user_id,
            "anonymous_id": self.anonymous_id,
            "random_anonymous_id": self.random_anonymous_id,
            "rows": [{"key": row.key, "value": row.value} for row in self.rows],
        }

    @classmethod
    def from_json(cls, data: object) -> Definition:
        """Read any stored value. Never raises: what is missing or odd becomes empty."""
        found = data if isinstance(data, dict) else {}
        rows = found.get("rows")
        return cls(
            event_type=_read_text(found, "event_type"),
            event_name=_read_text(found, "event_name"),
            user_id=_read_text(found, "user_id"),
            anonymous_id=_read_text(found, "anonymous_id"),
            random_anonymous_id=found.get("random_anonymous_id") is True,
            rows=tuple(
                Row(_read_text(row, "key"), _read_text(row, "value"))
                for row in (rows if isinstance(rows, list) else ())
                if isinstance(row, dict)
            ),
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a survey. `kind` is "question", "embedded" or "contact"; `sample` is a JSON value."""

    key: str
    label: str
    kind: str
    type: str
    sample: object


@dataclass(frozen=True, slots=True)
class SubmissionData:
    """One submission: `answers` are JSON values by field key; `received_at` without a zone is UTC."""

    id: str
    received_at: datetime
    answers: Mapping[str, object]


def _read_text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
