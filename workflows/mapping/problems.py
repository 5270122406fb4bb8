"""Findings about a mapping: a code with parameters, and the sentence a person reads.

A code's sentence names the field, the value and the way out. Where a `suggestion` is not always found, the
sentence with it stands under "<code>:suggestion".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workflows.mapping.messages import MESSAGES as DEFINITION_MESSAGES
from workflows.mapping.value_messages import VALUE_MESSAGES

Level = Literal["error", "warning", "hint"]

_EXCERPT_CHARACTERS = 60

MESSAGES = {**DEFINITION_MESSAGES, **VALUE_MESSAGES}


@dataclass(frozen=True, slots=True)
class Fix:
    """One click that mends a finding where it is: what to change, and to what.

    `kind` is "set_type" (params: type), "set_key" (key), "set_value" (value) or "set_event_name" (name).
    """

    kind: Literal["set_type", "set_key", "set_value", "set_event_name"]
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    `level` "error" stops the event (and the saving of a task, where it is known without a submission).
    `where` is "user_id", "anonymous_id", "event_name", "event", "timestamp", "context-<name>" with one of
    `extras.CONTEXT_NAMES`, "context" for another name, "integrations", or "row-N" with N counted from 1.
    """

    code: str
    level: Level
    where: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    fix: Fix | None = None

    @property
    def message(self) -> str:
        """The sentence for a person, in the language that is active now."""
        variant = f"{self.code}:suggestion"
        code = variant if "suggestion" in self.params and variant in MESSAGES else self.code
        return str(MESSAGES[code]) % self.params

    @property
    def row_index(self) -> int | None:
        """The row's place in `Definition.rows`, counted from 0; None when the finding is not about a row."""
        return int(self.where[4:]) - 1 if self.where.startswith("row-") else None


def row_where(index: int) -> str:
    """The `where` of the row at `index` (counted from 0) of `Definition.rows`."""
    return f"row-{index + 1}"


def shorten(text: str) -> str:
    """`text` as a sentence can quote it: at most 60 characters."""
    return text if len(text) <= _EXCERPT_CHARACTERS else text[: _EXCERPT_CHARACTERS - 1] + "…"
