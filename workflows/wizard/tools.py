"""What the buttons beside the mapping share: they work on what is typed, and keep it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.wizard.mapping_form import MappingsForm
from workflows.wizard.mapping_pages import render_mappings
from workflows.wizard.pages import SeeOther
from workflows.wizard.steps import is_reachable, step_url


def back_to_mappings(task: SegmentTask) -> HttpResponse:
    """For a GET of a button's address, as after signing in again."""
    return redirect(step_url(task, "mappings"))


def show_result(
    request: BrandRequest, task: SegmentTask, form: MappingsForm, partial: str, words: str, **result: Any
) -> HttpResponse:
    """The result alone for htmx; else the whole page with it.

    A page that cannot be shown because another tab undid a step: the mapping is kept as a draft, and `words`
    say what came of the button.
    """
    if request.htmx:
        return render(request, partial, {"task": task, **result})
    if is_reachable(task, "mappings"):
        return render_mappings(request, task, form, **result)
    if form.is_valid():
        form.save_draft()
    messages.warning(request, words)
    return SeeOther(step_url(task, "mappings"))
