"""What a task says, what a survey has and what came in: the values the mapping works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

VERSION = 1

_Value = TypeVar("_Value", str, bool)


@dataclass(frozen=True, slots=True)
class Row:
    """One mapped field: a key (`keys.py`), a value with piped text (`pipes.py`), and how it is converted.

    `type` is one of `casts.TYPES`; `if_invalid` one of `fallbacks.RULES`, for a value that is empty or does
    not convert; `default` is the text that the rule "default" sends. Other texts are kept, and are problems.
    """

    key: str
    value: str
    type: str = "auto"
    if_invalid: str = "leave_out"
    default: str = ""

    def to_json(self) -> dict[str, str]:
        """The JSON object a draft and a revision store: settings that are as ever are not in it."""
        settings = {"type": self.type, "if_invalid": self.if_invalid, "default": self.default}
        changed = {name: value for name, value in settings.items() if value != _ROW_DEFAULTS[name]}
        return {"key": self.key, "value": self.value, **changed}

    @classmethod
    def from_json(cls, data: object) -> Row:
        """Read any stored value. Never raises: what is missing or odd becomes as ever."""
        found = data if isinstance(data, dict) else {}
        settings = {name: _read_text(found, name) or value for name, value in _ROW_DEFAULTS.items()}
        return cls(_read_text(found, "key"), _read_text(found, "value"), **settings)


_ROW_DEFAULTS = {"type": "auto", "if_invalid": "leave_out", "default": ""}


@dataclass(frozen=True, slots=True)
class Definition:
    """What a task says. `event_name` counts for track only; both ids and `timestamp` are piped text.

    `context` holds the names in `extras.CONTEXT_NAMES` with piped text, `integrations` the switches by their
    names in Segment. `labels` are the questions' texts by field key, as they were when the task was saved:
    see `freeze`.
    """

    event_type: str
    event_name: str = ""
    user_id: str = ""
    anonymous_id: str = ""
    random_anonymous_id: bool = False
    rows: tuple[Row, ...] = ()
    timestamp: str = ""
    context: tuple[tuple[str, str], ...] = ()
    integrations: tuple[tuple[str, bool], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The JSON object a revision stores; `from_json` reads it back to an equal value."""
        optional = {
            "timestamp": self.timestamp,
            "context": dict(self.context),
            "integrations": dict(self.integrations),
            "labels": dict(self.labels),
        }
        return {
            "version": VERSION,
            "event_type": self.event_type,
            "event_name": self.event_name,
            "user_id": self.user_id,
            "anonymous_id": self.anonymous_id,
            "random_anonymous_id": self.random_anonymous_id,
            "rows": [row.to_json() for row in self.rows],
            **{name: value for name, value in optional.items() if value},
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
            rows=tuple(map(Row.from_json, filter(_is_object, rows if isinstance(rows, list) else ()))),
            timestamp=_read_text(found, "timestamp"),
            context=_read_pairs(found, "context", str),
            integrations=_read_pairs(found, "integrations", bool),
            labels=_read_pairs(found, "labels", str),
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


def _read_pairs(data: dict[str, Any], name: str, kind: type[_Value]) -> tuple[tuple[str, _Value], ...]:
    found = data.get(name)
    entries = found.items() if isinstance(found, dict) else ()
    return tuple((key, value) for key, value in entries if type(key) is str and type(value) is kind)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)
