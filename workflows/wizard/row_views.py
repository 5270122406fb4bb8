"""The buttons that change rows. What was typed stays on the page; nothing is saved but an event's name.

With htmx the answer is the rows and a notice, else the whole page, which without JavaScript offers to undo.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from accounts.web import BrandRequest
from workflows.mapping.paste import read_paste
from workflows.mapping.suggest import suggest_rows
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.draft import save_columns
from workflows.wizard.fixes import WantedFix, fix_row, read_fix
from workflows.wizard.mapping_form import IDS, MappingsForm
from workflows.wizard.mapping_pages import Notice, make_undo, render_mappings, render_rows
from workflows.wizard.row_actions import (
    Change,
    add_row,
    duplicate_row,
    map_rows,
    move_row,
    paste_rows,
    remove_row,
    undo,
)

_Action = Callable[[BrandRequest, SegmentTask, MappingsForm], HttpResponse]
MAX_EVENT_NAME = 255


def add(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """One more row; htmx gets it alone."""
    change = add_row(form.rows)
    if not request.htmx:
        return _answer(request, task, form, change)
    if not change.is_refused:
        return render(request, "wizard/_row.html", {"row": change.rows[-1], "task": task})
    response = render(request, "wizard/_notice.html", {"notice": Notice(change.text)})
    return reswap(retarget(response, "#step-notice"), "outerHTML")


def paste(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """The rows in the box. Its text stays there while something of it was not taken."""
    text = request.POST.get("paste", "")
    change = paste_rows(form.rows, read_paste(text))
    return _answer(request, task, form, change, pasted=text if change.details or change.is_refused else "")


def map_all(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """A row for every field of the survey that has none."""
    suggested = suggest_rows(form.definition(), mapping_fields(task.workflow.survey_id))
    return _answer(request, task, form, map_rows(form.rows, suggested))


def undo_last(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    return _answer(request, task, form, undo(form.rows, request.POST.get("undo_rows", "")))


def change_row(request: BrandRequest, task: SegmentTask, form: MappingsForm, name: str) -> HttpResponse:
    """Do what the button `name` says to the row whose number it posts."""
    number = request.POST[name]
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return _answer(
        request, task, form, ROW_BUTTONS[name](form, int(number)) if is_number else Change(form.rows)
    )


def fix(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Mend a finding; a new name of the event goes into the draft at once, since another step has it."""
    wanted = read_fix(request.POST["fix"])
    change = Change(form.rows)
    if wanted is not None and wanted.row_number is not None:
        change = Change(*fix_row(form.rows, wanted))
    elif wanted is not None:
        change = Change(form.rows, _fix_other(task, form, wanted))
    if not change.text:
        text = _("There is nothing left to fix there: the form has changed since.")
        change = Change(form.rows, text, is_refused=True)
    return _answer(request, task, form, change)


def _fix_other(task: SegmentTask, form: MappingsForm, wanted: WantedFix) -> str:
    if wanted.kind == "set_value" and wanted.where in IDS:
        form.write_id(wanted.where, wanted.text)
        return wanted.describe(_("User ID") if wanted.where == "user_id" else _("Anonymous ID"))
    name = wanted.text.strip()
    is_name = 0 < len(name) <= MAX_EVENT_NAME and "\x00" not in name
    if wanted.kind == "set_event_name" and wanted.where == "event_name" and is_name:
        task.event_name = form.instance.event_name = name
        save_columns(task, ["event_name"])
        return wanted.describe(name)
    return ""


def _answer(
    request: BrandRequest, task: SegmentTask, form: MappingsForm, change: Change, pasted: str | None = None
) -> HttpResponse:
    before, form.rows = form.rows, change.rows
    undo_rows = "" if request.htmx else make_undo(change.rows, before)
    notice = Notice(change.text, change.details, change.is_refused, undo_rows)
    if request.htmx:
        return render_rows(request, task, form, notice, pasted=pasted, has_pasted=pasted is not None)
    return render_mappings(request, task, form, notice, pasted=pasted or "")


ACTIONS: dict[str, _Action] = {"add": add, "paste": paste, "map": map_all, "undo": undo_last}
ROW_BUTTONS: dict[str, Callable[[MappingsForm, int], Change]] = {
    "remove": lambda form, number: remove_row(form.rows, number),
    "duplicate": lambda form, number: duplicate_row(form.rows, number),
    "up": lambda form, number: move_row(form.rows, number, -1),
    "down": lambda form, number: move_row(form.rows, number, 1),
}
