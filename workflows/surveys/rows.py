"""The rows of a survey's form: what is stored or typed, as it is shown, and how rows are added and moved.

A row as typed is a dictionary of what its inputs sent. Nothing here checks it: `survey_field_forms` does,
when the survey is saved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from workflows.models import FieldKind, FieldType, Survey
from workflows.surveys.samples import MOST_FIELDS, Proposal, print_sample

PREFIX = "fields"
_INPUTS = ("id", "key", "label", "kind", "type", "sample", "is_required", "DELETE")
_CHOICES = {"kind": FieldKind, "type": FieldType}

Typed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row as shown. `errors` are messages by input; "__all__" is the row's own."""

    index: int
    typed: Typed
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def prefix(self) -> str:
        return f"{PREFIX}-{self.index}"

    @property
    def key_id(self) -> str:
        return name_key_input(self.index)

    @property
    def up_id(self) -> str:
        return name_arrow(self.index, "up")

    @property
    def down_id(self) -> str:
        return name_arrow(self.index, "down")

    @property
    def own_error(self) -> str:
        return self.errors.get("__all__", "")

    @property
    def kind_options(self) -> SafeString:
        return _write_options("kind", self.typed.get("kind", ""))

    @property
    def type_options(self) -> SafeString:
        return _write_options("type", self.typed.get("type", ""))


def open_rows(survey: Survey) -> list[Typed]:
    """The survey's fields as they are stored."""
    return [
        {
            "id": stored.pk, "key": stored.key, "label": stored.label, "kind": stored.kind,
            "type": stored.type, "sample": print_sample(stored.sample), "is_required": stored.is_required,
        }
        for stored in survey.fields.all()
    ]  # fmt: skip


def read_rows(data: QueryDict) -> list[Typed]:
    """The rows of a sent form; at most as many as a survey holds."""
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(total), MOST_FIELDS) if re.fullmatch(r"[0-9]{1,4}", total) else 0
    rows = []
    for index in range(count):
        names = {name: f"{PREFIX}-{index}-{name}" for name in _INPUTS}
        rows.append({name: data[sent] for name, sent in names.items() if sent in data})
    return rows


def add_row(rows: list[Typed]) -> str:
    """Append an empty row, unless the survey is full; returns the id to focus."""
    if len(rows) < MOST_FIELDS:
        rows.append({"kind": FieldKind.QUESTION, "type": FieldType.TEXT})
    return name_key_input(len(rows) - 1)


def add_proposed_rows(rows: list[Typed], proposal: Proposal) -> str:
    """Append the fields of a sample, as questions; returns the id to focus."""
    first = len(rows)
    rows.extend(
        {
            "key": proposed.key, "label": proposed.label, "kind": FieldKind.QUESTION, "type": proposed.type,
            "sample": proposed.sample_text,
        }
        for proposed in proposal.fields
    )  # fmt: skip
    return name_key_input(min(first, len(rows) - 1))


def move_row(rows: list[Typed], action: str) -> str:
    """Swap as `action` says ("up-<row>", "down-<row>"; others do nothing); returns the id to focus."""
    move = re.fullmatch(r"(up|down)-([0-9]{1,4})", action)
    if not move:
        return ""
    direction, index = move[1], int(move[2])
    target = index - 1 if direction == "up" else index + 1
    if not (0 <= index < len(rows) and 0 <= target < len(rows)):
        return ""
    rows[index], rows[target] = rows[target], rows[index]
    if target in {0, len(rows) - 1}:  # the arrow that was pressed is off there
        direction = "down" if target == 0 else "up"
    return name_arrow(target, direction)


def show_rows(rows: Sequence[Typed], errors: Sequence[Mapping[str, str]] = ()) -> list[FieldRow]:
    """The rows to show; `errors` has an entry for each row, or none for all."""
    return [
        FieldRow(index, typed, errors[index] if index < len(errors) else {})
        for index, typed in enumerate(rows)
    ]


def name_key_input(index: int) -> str:
    return f"id_{PREFIX}-{index}-key"


def name_arrow(index: int, direction: str) -> str:
    return f"field-{index}-{direction}"


def _write_options(name: str, selected: str) -> SafeString:
    known = selected if selected in _CHOICES[name].values else ""
    return _write_known_options(name, known, get_language())


@lru_cache(maxsize=256)
def _write_known_options(name: str, selected: str, language: str | None) -> SafeString:
    options = (
        (value, format_html(" {}", "selected") if value == selected else "", label)
        for value, label in _CHOICES[name].choices
    )
    return format_html_join("", '<option value="{}"{}>{}</option>', options)
