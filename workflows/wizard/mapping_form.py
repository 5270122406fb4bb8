"""The form of the last step: the ids, the switch, and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.mapping.compile import compile_definition
from workflows.mapping.definition import Definition
from workflows.mapping.problems import Problem
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.draft import save_columns
from workflows.wizard.forms import PLAIN_INPUT, TaskForm
from workflows.wizard.rows import (
    MAX_ROWS,
    FormRow,
    has_content,
    next_number,
    read_rows,
    rows_to_map,
    rows_to_store,
    stored_rows,
    with_problems,
)

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
    """Valid whenever a draft can hold it; what would stop the event is in `problems`."""

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
        self.rows = read_rows(self.data) if self.is_bound else stored_rows(self.instance.rows)
        for name in IDS:  # piped text is kept as it was typed
            self.fields[name].strip = False  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if len(rows_to_store(self.rows)) > MAX_ROWS:
            message = _("A task has at most %(limit)s fields, and these are %(count)s. Remove some.")
            self.add_error(
                None, ValidationError(message % {"limit": MAX_ROWS, "count": len(self.rows)}, code="rows")
            )
        if any("\x00" in row.key + row.value for row in self.rows):
            self.add_error(
                None,
                ValidationError(_("A field has a null character, which cannot be stored. Type it again.")),
            )
        return values

    def definition(self) -> Definition:
        """What the form says, valid or not, with the event as the draft has it."""
        task = self.instance
        return Definition(
            event_type=task.event_type,
            event_name=task.event_name,
            user_id=str(self["user_id"].value() or ""),
            anonymous_id=str(self["anonymous_id"].value() or ""),
            random_anonymous_id=self["random_anonymous_id"].value() in (True, "on", "True", "true", "1"),
            rows=rows_to_map(self.rows),
        )

    def find_problems(self, is_complete: bool = False) -> tuple[Problem, ...]:
        """What is wrong whatever the submission; unless `is_complete`, an empty form has nothing wrong."""
        definition = self.definition()
        if not (is_complete or self.instance.is_saved or has_content(definition)):
            return ()
        return compile_definition(definition, mapping_fields(self.instance.workflow.survey_id)).problems

    def show_rows(self, problems: tuple[Problem, ...]) -> tuple[FormRow, ...]:
        """The rows for the page, each with its problems; a form without any offers a first one."""
        return with_problems(self.rows, problems) or (FormRow(1),)

    def show_ids(self, problems: tuple[Problem, ...]) -> tuple[IdField, ...]:
        """The two ids for the page, each with its problems."""
        return tuple(
            IdField(name, self[name], tuple(problem for problem in problems if problem.where == name))
            for name in IDS
        )

    def add_row(self) -> FormRow:
        """Put a blank row at the end, where the focus goes."""
        row = FormRow(next_number(self.rows), has_focus=True)
        self.rows = (*self.rows, row)
        return row

    def remove_row(self, number: int) -> None:
        self.rows = tuple(row for row in self.rows if row.number != number)

    def save_draft(self) -> None:
        """Write the columns of this step, errors of the mapping and all."""
        self.instance.rows = rows_to_store(self.rows)
        save_columns(self.instance, [*self.fields, "rows"])
