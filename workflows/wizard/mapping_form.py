"""The form of the last step: the ids, the switch, the rows, and what is folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy

from workflows.mapping.definition import Definition
from workflows.mapping.problems import Problem
from workflows.models import SegmentTask
from workflows.wizard.draft import save_columns
from workflows.wizard.extras import read_extras, stored_extras
from workflows.wizard.forms import PLAIN_INPUT, TaskForm
from workflows.wizard.refusals import Refusal, find_refusals
from workflows.wizard.row_lines import RowLine
from workflows.wizard.rows import FormRow, number_rows, read_rows, rows_to_map, rows_to_store, with_findings

IDS = ("user_id", "anonymous_id")


@dataclass(frozen=True, slots=True)
class IdField:
    """One of the two ids; `problems` are those found without a submission."""

    name: str
    bound: BoundField
    problems: tuple[Problem, ...]

    @property
    def is_invalid(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)


class MappingsForm(TaskForm):
    """Valid whenever a draft can hold it; what would stop the event is for the mapping language to say.

    `rows` and `extras` are read on their own; changing them changes what is shown and saved.
    """

    class Meta:
        model = SegmentTask
        fields = ["user_id", "anonymous_id", "random_anonymous_id"]
        widgets = {name: forms.TextInput(attrs=PLAIN_INPUT) for name in IDS}
        help_texts = {
            "user_id": gettext_lazy(
                "Identifies the person: best an ID that never changes, such as a customer number."
            ),
            "anonymous_id": gettext_lazy(
                "For when it is not known who the person is, such as the ID of a web session."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.rows, self.extras = read_rows(self.data), read_extras(self.data)
        else:
            stored = self.instance.definition()
            self.rows, self.extras = number_rows(stored.rows), stored_extras(stored)
        for name in IDS:  # piped text is kept as it was typed
            self.fields[name].strip = False  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for refusal in self.find_refusals():
            if refusal.where not in self.errors:
                self.add_error(None, ValidationError(refusal.message))
        return values

    def find_refusals(self) -> list[Refusal]:
        """Why the form cannot be kept, be it ever so sound a mapping."""
        return find_refusals(self.rows, [(name, self._read_id(name)) for name in IDS], self.extras)

    def definition(self) -> Definition:
        """What the form says, valid or not, with the event as the draft has it."""
        task = self.instance
        return Definition(
            event_type=task.event_type,
            event_name=task.event_name,
            user_id=self._read_id("user_id"),
            anonymous_id=self._read_id("anonymous_id"),
            random_anonymous_id=self["random_anonymous_id"].value() in (True, "on", "True", "true", "1"),
            rows=rows_to_map(self.rows),
            timestamp=self.extras.timestamp,
            context=self.extras.context,
            integrations=self.extras.integrations,
        )

    def show_rows(self, problems: Sequence[Problem], lines: Sequence[RowLine]) -> tuple[FormRow, ...]:
        """The rows for the page, each with its findings; a form without any offers a first one."""
        return with_findings(self.rows, problems, lines) or (FormRow(1),)

    def show_ids(self, problems: Sequence[Problem]) -> tuple[IdField, ...]:
        """The two ids for the page, each with its problems."""
        return tuple(
            IdField(name, self[name], tuple(problem for problem in problems if problem.where == name))
            for name in IDS
        )

    def write_id(self, name: str, text: str) -> None:
        """Put `text` into one of the two ids, as if it had been typed."""
        self.data = {**self.data, name: text}

    def save_draft(self) -> None:
        """Write the columns of this step, errors of the mapping and all."""
        self.instance.rows = rows_to_store(self.rows)
        self.instance.timestamp = self.extras.timestamp
        self.instance.context = dict(self.extras.context)
        self.instance.integrations = dict(self.extras.integrations)
        save_columns(self.instance, [*self.fields, "rows", "timestamp", "context", "integrations"])

    def _read_id(self, name: str) -> str:
        return str(self[name].value() or "")
