"""What every step of the wizard shares: finding the task, the page around the step, and going on."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

from accounts.models import SegmentAccount, User
from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.selectors.tasks import differs_from_saved, tasks_of
from workflows.wizard.preview import Preview, build_preview
from workflows.wizard.steps import STEPS, TITLES, neighbour, step_lines, step_url


class SeeOther(HttpResponseRedirectBase):
    """After a POST: look there, by GET."""

    status_code = 303


def find_task(request: BrandRequest, task_id: int) -> SegmentTask:
    """The task of the user's brand; 404 for another brand's and for a deleted one."""
    return get_object_or_404(tasks_of(request.user), pk=task_id)


def go_on(task: SegmentTask, step: str) -> SeeOther:
    """To the step after `step`."""
    return SeeOther(step_url(task, neighbour(step, 1) or step))


def posted(request: BrandRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST too, as from a page whose only answer is a switch left off."""
    return request.POST if request.method == "POST" else None


def may_use(user: User, account: SegmentAccount) -> bool:
    """Whether `user` may ask Segment with the account: it is shared with the brand, or their own."""
    return account.is_shared or account.owner_id == user.pk


def render_step(
    request: BrandRequest,
    task: SegmentTask,
    step: str,
    context: dict[str, Any],
    preview: Preview | None = None,
) -> HttpResponse:
    """The whole page of one step, the list of steps and the preview beside it."""
    back = neighbour(step, -1)
    page = {
        "nav": "workflows",
        "task": task,
        "workflow": task.workflow,
        "step": step,
        "step_title": TITLES[step],
        "step_number": STEPS.index(step) + 1,
        "steps": step_lines(task, step, request.user),
        "back_url": step_url(task, back) if back else "",
        "preview": preview or build_preview(task, task.definition(), request.GET.get("sample", "")),
        "differs": differs_from_saved(task),
    }
    response = render(request, f"wizard/{step}.html", page | context)
    patch_vary_headers(response, ["HX-Request"])
    return response
