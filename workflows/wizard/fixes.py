"""One-click fixes: the button beside a finding, and what pressing it changes in the form.

A button posts `fix="<where> <kind> <text>"`: `where` is "row-N" with the form's number of the row, "user_id",
"anonymous_id" or "event_name"; `kind` is one of `mapping.problems.Fix`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.mapping.problems import Fix, shorten
from workflows.mapping.values import replace_surrogates_in_text
from workflows.wizard.rows import FormRow

_PARAMS = {"set_type": "type", "set_key": "key", "set_value": "value", "set_event_name": "name"}
_LABELS: dict[str, str | Promise] = {
    "set_type": gettext_lazy("Change the type to %(text)s"),
    "set_key": gettext_lazy("Rename to %(text)s"),
    "set_value": gettext_lazy("Change the value to %(text)s"),
    "set_event_name": gettext_lazy("Rename the event to “%(text)s”"),
}
_DONE: dict[str, str | Promise] = {
    "set_type": gettext_lazy("Changed the type of “%(subject)s” to %(text)s."),
    "set_key": gettext_lazy("Renamed “%(subject)s” to “%(text)s”."),
    "set_value": gettext_lazy("Changed the value of “%(subject)s” to “%(text)s”."),
    "set_event_name": gettext_lazy("Renamed the event to “%(text)s”. The draft has this name now."),
}
_ROW_CHANGES: dict[str, Callable[[FormRow, str], FormRow]] = {
    "set_type": lambda row, text: replace(row, type=text),
    "set_key": lambda row, text: replace(row, key=text),
    "set_value": lambda row, text: replace(row, value=text),
}


@dataclass(frozen=True, slots=True)
class FixButton:
    """A button: what it posts, and what it says."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class WantedFix:
    """A pressed button, read."""

    where: str
    kind: str
    text: str

    @property
    def row_number(self) -> int | None:
        """The number of the row that it is for; None when it is for none."""
        number = self.where.removeprefix("row-")
        is_row = number != self.where and number.isascii() and number.isdigit() and len(number) < 10
        return int(number) if is_row else None

    def describe(self, subject: str) -> str:
        """What was done to what is called `subject`."""
        return str(_DONE[self.kind]) % {"subject": shorten(subject), "text": shorten(self.text)}


def make_button(fix: Fix, where: str) -> FixButton:
    """The button of a fix for the part of the form called `where`."""
    text = fix.params[_PARAMS[fix.kind]]
    return FixButton(f"{where} {fix.kind} {text}", str(_LABELS[fix.kind]) % {"text": shorten(text)})


def read_fix(posted: str) -> WantedFix | None:
    """The pressed button; None for what no button of ours posts."""
    where, _space, rest = posted.partition(" ")
    kind, _space, text = rest.partition(" ")
    return WantedFix(where, kind, replace_surrogates_in_text(text)) if kind in _PARAMS and text else None


def fix_row(rows: tuple[FormRow, ...], fix: WantedFix) -> tuple[tuple[FormRow, ...], str]:
    """`rows` with the fix done to its row, and the sentence that says so, "" when the row is not there."""
    number, change = fix.row_number, _ROW_CHANGES.get(fix.kind)
    row = next((row for row in rows if row.number == number), None)
    if row is None or change is None:
        return rows, ""
    done = replace(change(row, fix.text), has_focus=True)
    subject = row.key.strip() or _("No key")
    return tuple(done if other is row else other for other in rows), fix.describe(subject)
