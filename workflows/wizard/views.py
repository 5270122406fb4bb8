"""The wizard's entrance: adding a task, resuming it, and opening one step."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.web import BrandRequest
from workflows.models import SegmentTask, Workflow
from workflows.services.tasks import add_task
from workflows.wizard.account_views import account_step
from workflows.wizard.choice_views import event_step, region_step, workspace_step
from workflows.wizard.mapping_views import mappings_step
from workflows.wizard.pages import SeeOther, find_task
from workflows.wizard.source_views import source_step
from workflows.wizard.steps import TITLES, first_unfinished, is_reachable, step_url

STEP_VIEWS: dict[str, Callable[[BrandRequest, SegmentTask], HttpResponse]] = {
    "account": account_step,
    "workspace": workspace_step,
    "source": source_step,
    "event": event_step,
    "region": region_step,
    "mappings": mappings_step,
}


@require_POST
def task_add(request: BrandRequest, workflow_id: int) -> HttpResponse:
    """Make the draft, and open its first step."""
    workflow = get_object_or_404(
        Workflow, pk=workflow_id, brand_id=request.user.brand_id, deleted_at__isnull=True
    )
    position = request.POST.get("position", "")
    is_number = position.isascii() and position.isdigit() and len(position) < 10
    task = add_task(workflow, int(position) if is_number else None, request.user)
    return SeeOther(step_url(task, "account"))


@require_safe
def task_detail(request: BrandRequest, task_id: int) -> HttpResponse:
    """Resume where the task was left."""
    task = find_task(request, task_id)
    return redirect(step_url(task, first_unfinished(task)))


def task_step(request: BrandRequest, task_id: int, step: str) -> HttpResponse:
    """One step; one whose predecessors are unfinished leads to the first of those."""
    if step not in STEP_VIEWS:
        raise Http404
    task = find_task(request, task_id)
    if not is_reachable(task, step):
        missing = first_unfinished(task)
        text = _("Finish the step “%(step)s” first.") % {"step": TITLES[missing]}
        messages.warning(request, text)
        return SeeOther(step_url(task, missing))
    return STEP_VIEWS[step](request, task)
