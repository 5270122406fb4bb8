"""The last step: the mapping, its live preview, and saving the task."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from accounts.web import BrandRequest
from workflows.mapping.menu import pipe_menu
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.services.tasks import TaskIncompleteError, save_task
from workflows.wizard.mapping_form import MappingsForm
from workflows.wizard.pages import SeeOther, find_task, render_step
from workflows.wizard.preview import Preview, build_preview
from workflows.wizard.rows import MAX_ROWS
from workflows.wizard.steps import STEPS, TITLES, is_reachable, neighbour, step_url


def mappings_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    """Show the mapping, or do what the pressed button says; without a button (Enter), the draft is kept."""
    if request.method != "POST":
        return _render(request, task, MappingsForm(instance=copy.copy(task)))
    form = MappingsForm(request.POST, instance=copy.copy(task))
    if "remove" in request.POST:
        return _remove_row(request, task, form)
    action = _ACTIONS.get(request.POST.get("action", "draft"), _keep_draft)
    return action(request, task, form)


@require_POST
def task_preview(request: BrandRequest, task_id: int) -> HttpResponse:
    """The preview of what stands in the form of the open step. Nothing is saved."""
    task = find_task(request, task_id)
    step = request.POST.get("step", "")
    wanted = request.POST.get("sample", "")
    if step == "mappings":
        preview = _preview_form(task, MappingsForm(request.POST, instance=copy.copy(task)), wanted)
    else:
        definition = task.definition()
        if step == "event":
            definition = replace(
                definition,
                event_type=request.POST.get("event_type", ""),
                event_name=request.POST.get("event_name", ""),
            )
        preview = build_preview(task, definition, wanted)
    context = {"task": task, "preview": preview, "step": step, "is_swapped": True}
    return render(request, "wizard/_preview.html", context)


def _preview_form(task: SegmentTask, form: MappingsForm, wanted: str = "") -> Preview:
    numbers = [row.number for row in form.rows]
    return build_preview(task, form.definition(), wanted, numbers)


def _add_row(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    if len(form.rows) >= MAX_ROWS:
        return _refuse_row(request, task, form)
    row = form.add_row()
    if request.htmx:
        return render(request, "wizard/_row.html", {"row": row, "task": task})
    return _render(request, task, form)


def _refuse_row(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    notice = _("A task has at most %(limit)s fields.") % {"limit": MAX_ROWS}
    if not request.htmx:
        return _render(request, task, form, notice=notice)
    response = render(request, "wizard/_notice.html", {"notice": notice})
    return reswap(retarget(response, "#step-notice"), "outerHTML")


def _remove_row(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    number = request.POST["remove"]
    if number.isascii() and number.isdigit() and len(number) < 10:
        form.remove_row(int(number))
    return _render(request, task, form)


def _show_preview(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    return _render(request, task, form)


def _keep_draft(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Save the draft and stay, or go to the step that was asked for."""
    if not form.is_valid():
        return _render(request, task, form)
    form.save_draft()
    wanted = request.POST.get("next", "")
    if wanted in STEPS and is_reachable(task, wanted):
        return SeeOther(step_url(task, wanted))
    messages.success(request, _("Draft saved."))
    return SeeOther(step_url(task, "mappings"))


def _go_back(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Back, with what was typed kept."""
    if not form.is_valid():
        return _render(request, task, form)
    form.save_draft()
    return SeeOther(step_url(task, neighbour("mappings", -1) or "mappings"))


def _save(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Keep the draft and make it what is sent; with an error in it, it stays a draft."""
    if not form.is_valid():
        return _render(request, task, form)
    form.save_draft()
    try:
        revision = save_task(form.instance, request.user)
    except TaskIncompleteError as refusal:
        return _refuse(request, form, refusal)
    text = _("Saved the task. From now on, submissions are sent with revision %(number)s.")
    messages.success(request, text % {"number": revision.number})
    return SeeOther(reverse("workflow_detail", args=[task.workflow_id]))


def _refuse(request: BrandRequest, form: MappingsForm, refusal: TaskIncompleteError) -> HttpResponse:
    task = form.instance
    if refusal.missing_steps:
        missing = refusal.missing_steps[0]
        text = _("The task is not saved yet: the step “%(step)s” is unfinished. What you typed is kept.")
        messages.error(request, text % {"step": TITLES[missing]})
        return SeeOther(step_url(task, missing))
    count = len(refusal.problems)
    text = ngettext(
        "The task is not saved: it has %(count)s error. What you typed is kept as a draft.",
        "The task is not saved: it has %(count)s errors. What you typed is kept as a draft.",
        count,
    )
    return _render(request, task, form, notice=text % {"count": count}, is_refused=True)


_ACTIONS: dict[str, Callable[[BrandRequest, SegmentTask, MappingsForm], HttpResponse]] = {
    "add": _add_row,
    "back": _go_back,
    "draft": _keep_draft,
    "preview": _show_preview,
    "save": _save,
}


def _render(
    request: BrandRequest, task: SegmentTask, form: MappingsForm, notice: str = "", is_refused: bool = False
) -> HttpResponse:
    numbers = [row.number for row in form.rows]
    wanted = request.POST.get("sample") or request.GET.get("sample", "")
    preview = build_preview(task, form.definition(), wanted, numbers, is_complete=is_refused)
    problems = form.find_problems(is_complete=is_refused)
    context: dict[str, Any] = {
        "form": form,
        "rows": form.show_rows(problems),
        "id_fields": form.show_ids(problems),
        "menu": pipe_menu(mapping_fields(task.workflow.survey_id)),
        "notice": notice,
    }
    return render_step(request, task, "mappings", context, preview)
