"""What a workflow's page does with its tasks: copy, move, switch on or off, delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.selectors.tasks import tasks_of
from workflows.services.tasks import copy_task, delete_task, move_task, set_task_enabled
from workflows.task_lines import describe_draft, describe_revision


@require_POST
def task_copy(request: BrandRequest, task_id: int) -> HttpResponse:
    """Copy the task to right below it."""
    copy = copy_task(_get_task(request, task_id), request.user)
    messages.success(
        request, _("The task was copied. The copy is a draft: it sends nothing until you save it.")
    )
    return _show(copy)


@require_POST
def task_move(request: BrandRequest, task_id: int) -> HttpResponse:
    """Move the task one place up or down."""
    task = _get_task(request, task_id)
    direction = request.POST.get("direction", "")
    if direction == "up":
        move_task(task, "up")
    elif direction == "down":
        move_task(task, "down")
    else:
        return HttpResponseBadRequest("direction: up or down")
    return _show(task)


@require_POST
def task_enable(request: BrandRequest, task_id: int) -> HttpResponse:
    """Switch the task on (`is_enabled=on`) or off."""
    task = _get_task(request, task_id)
    set_task_enabled(task, request.POST.get("is_enabled") == "on")
    if task.is_enabled:
        messages.success(request, _("The task is on."))
    else:
        messages.success(request, _("The task is off: what comes in from now on is not sent by it."))
    return _show(task)


@require_http_methods(["GET", "POST"])
def task_delete(request: BrandRequest, task_id: int) -> HttpResponse:
    """Ask, then delete the task; its runs stay."""
    task = _get_task(request, task_id)
    if request.method == "POST":
        delete_task(task)
        messages.success(request, _("The task was deleted. Its runs stay readable."))
        return redirect("workflow_detail", workflow_id=task.workflow_id)
    saved = task.current_revision
    context = {
        "nav": "workflows",
        "task": task,
        "workflow": task.workflow,
        "line": describe_revision(saved) if saved else describe_draft(task),
    }
    return render(request, "workflows/task_delete.html", context)


def _get_task(request: BrandRequest, task_id: int) -> SegmentTask:
    return get_object_or_404(tasks_of(request.user), pk=task_id)


def _show(task: SegmentTask) -> HttpResponse:
    """Back to the workflow, at this task."""
    page = reverse("workflow_detail", kwargs={"workflow_id": task.workflow_id})
    return redirect(f"{page}#task-{task.pk}")
