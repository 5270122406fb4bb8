"""The last step: the mapping, its live preview, and saving the task."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.services.tasks import TaskIncompleteError, save_task
from workflows.wizard import row_views
from workflows.wizard.kept_sample import keep_edited
from workflows.wizard.mapping_form import MappingsForm
from workflows.wizard.mapping_pages import Notice, preview_form, read_form, render_mappings
from workflows.wizard.pages import SeeOther, find_task
from workflows.wizard.preview import build_preview
from workflows.wizard.samples import TYPED, make_editor, read_wanted
from workflows.wizard.steps import STEPS, TITLES, is_reachable, neighbour, step_url


def mappings_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    """Show the mapping, or do what the pressed button says; without a button (Enter), the draft is kept."""
    if request.method != "POST":
        return render_mappings(request, task, MappingsForm(instance=copy.copy(task)))
    form = read_form(request, task)
    for name in row_views.ROW_BUTTONS:
        if name in request.POST:
            return row_views.change_row(request, task, form, name)
    if "fix" in request.POST:
        return row_views.fix(request, task, form)
    action = _ACTIONS.get(request.POST.get("action", "draft"), _keep_draft)
    return action(request, task, form)


@require_POST
def task_preview(request: BrandRequest, task_id: int) -> HttpResponse:
    """The preview of what stands in the form of the open step. Nothing is saved."""
    task = find_task(request, task_id)
    step = request.POST.get("step", "")
    wanted = read_wanted(request.POST)
    if step == "mappings":
        preview = preview_form(task, read_form(request, task), wanted)
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
    if step == "mappings":
        context["editor"] = make_editor(preview.sample)
        context["is_refilled"] = request.htmx.trigger_name == "sample" and wanted.key != TYPED
    return render(request, "wizard/_preview.html", context)


def _show_preview(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    return render_mappings(request, task, form)


def _keep_draft(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Save the draft and stay, or go to the step that was asked for."""
    if not form.is_valid():
        return render_mappings(request, task, form)
    form.save_draft()
    is_sample_kept = keep_edited(request, task, read_wanted(request.POST))
    wanted = request.POST.get("next", "")
    if wanted in STEPS and is_reachable(task, wanted):
        return _leave(request, task, wanted, is_sample_kept)
    messages.success(request, _("Draft saved."))
    if not is_sample_kept:  # then the edited JSON is nowhere but on the page
        return render_mappings(request, task, form)
    return SeeOther(step_url(task, "mappings"))


def _go_back(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Back, with what was typed kept."""
    if not form.is_valid():
        return render_mappings(request, task, form)
    form.save_draft()
    is_sample_kept = keep_edited(request, task, read_wanted(request.POST))
    return _leave(request, task, neighbour("mappings", -1) or "mappings", is_sample_kept)


def _leave(request: BrandRequest, task: SegmentTask, step: str, is_sample_kept: bool) -> HttpResponse:
    if not is_sample_kept:
        text = _("The edited sample is too large to be kept between steps. Save it under a name next time.")
        messages.warning(request, text)
    return SeeOther(step_url(task, step))


def _save(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> HttpResponse:
    """Keep the draft and make it what is sent; with an error in it, it stays a draft."""
    if not form.is_valid():
        return render_mappings(request, task, form)
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
    return render_mappings(request, task, form, Notice(text % {"count": count}), is_complete=True)


_ACTIONS: dict[str, Callable[[BrandRequest, SegmentTask, MappingsForm], HttpResponse]] = {
    **row_views.ACTIONS,
    "back": _go_back,
    "draft": _keep_draft,
    "preview": _show_preview,
    "save": _save,
}
