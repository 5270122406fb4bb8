"""The page of the last step and its parts: every button beside the mapping answers with one of these."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.web import BrandRequest
from workflows.mapping.definition import Field
from workflows.mapping.menu import filter_menu, pipe_menu
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.extras import show_extras
from workflows.wizard.findings import Finding
from workflows.wizard.kept_sample import find_edited
from workflows.wizard.mapping_form import MappingsForm
from workflows.wizard.pages import render_step
from workflows.wizard.preview import FormState, Preview, build_preview
from workflows.wizard.refusals import Refusal
from workflows.wizard.row_actions import Rows, print_rows
from workflows.wizard.row_markup import rows_markup
from workflows.wizard.rows import FormRow
from workflows.wizard.samples import NEWEST, Wanted, read_wanted
from workflows.wizard.steps import step_url


@dataclass(frozen=True, slots=True)
class Notice:
    """What a button came to: `text`, and `details` of what was not done. `undo_rows` is the way back."""

    text: str
    details: Sequence[str] = ()
    is_error: bool = True
    undo_rows: str = ""


def read_form(request: BrandRequest, task: SegmentTask) -> MappingsForm:
    """The mapping as it was typed."""
    return MappingsForm(request.POST, instance=copy.copy(task))


def preview_form(task: SegmentTask, form: MappingsForm, wanted: Wanted, is_complete: bool = False) -> Preview:
    """The preview of the mapping as it stands in the form, with what stands against keeping it."""
    refused = [_show_refusal(task, refusal) for refusal in form.find_refusals()]
    state = FormState([row.number for row in form.rows], refused, is_complete)
    return build_preview(task, form.definition(), wanted, state)


def make_undo(rows: Rows, before: Rows) -> str:
    """What `Notice.undo_rows` takes to get from `rows` back to `before`."""
    return print_rows(before) if [row.to_row() for row in rows] != [row.to_row() for row in before] else ""


def render_rows(
    request: BrandRequest, task: SegmentTask, form: MappingsForm, notice: Notice, **extra: Any
) -> HttpResponse:
    """The rows alone, and beside them the notice: the answer to a button that changed them."""
    preview = preview_form(task, form, read_wanted(request.POST))
    context = {"task": task, "notice": notice, **_show_rows(form, preview)}
    return render(request, "wizard/_rows_answer.html", context | extra)


def render_mappings(
    request: BrandRequest,
    task: SegmentTask,
    form: MappingsForm,
    notice: Notice | None = None,
    is_complete: bool = False,
    wanted: Wanted | None = None,
    **extra: Any,
) -> HttpResponse:
    """The whole page with the mapping as it was typed; `extra` is further context.

    `is_complete` is for a refused save: the draft is kept, and all that is wrong is shown, even when nothing
    is mapped.
    """
    if wanted is None:
        wanted = _read_wanted(request, task)
    preview = preview_form(task, form, wanted, is_complete)
    context: dict[str, Any] = {
        "form": form,
        "blank_row": FormRow(0),
        "id_fields": form.show_ids(preview.problems),
        "extras": show_extras(form.extras, preview.problems),
        "filters": filter_menu(),
        "menu": pipe_menu(_fields_in_sample(task, preview)),
        "notice": notice,
        "is_unsaved": request.method == "POST" and not is_complete,
        **_show_rows(form, preview),
    }
    return render_step(request, task, "mappings", context | extra, preview)


def _show_rows(form: MappingsForm, preview: Preview) -> dict[str, Any]:
    rows = form.show_rows(preview.problems, preview.rows)
    return {"rows": rows, "rows_markup": rows_markup(rows)}


def _fields_in_sample(task: SegmentTask, preview: Preview) -> list[Field]:
    """The survey's fields, each with its answer in the preview's sample."""
    fields, answers = mapping_fields(task.workflow.survey_id), preview.sample.data.answers
    return [replace(field, sample=answers.get(field.key)) for field in fields]


def _read_wanted(request: BrandRequest, task: SegmentTask) -> Wanted:
    """The sample that was posted or is in the address; else the edited one that was kept, else the newest."""
    if request.method == "POST":
        return read_wanted(request.POST)
    named = request.GET.get("sample", "")
    return Wanted(named) if named else find_edited(request, task) or NEWEST


def _show_refusal(task: SegmentTask, refusal: Refusal) -> Finding:
    href = f"{step_url(task, 'mappings')}#{refusal.anchor}"
    return Finding("error", refusal.message, refusal.subject, href, refusal.where)
