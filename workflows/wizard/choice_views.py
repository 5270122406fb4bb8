"""The steps workspace, event and region."""

from __future__ import annotations

import copy

from django.contrib import messages
from django.http import HttpResponse

from accounts.models import AccountHealth, SegmentAccount
from accounts.problems import PROBLEMS, explain_problem
from accounts.services import check_account
from accounts.web import BrandRequest
from segment.errors import BadToken
from workflows.models import SegmentTask
from workflows.selectors.tasks import event_names_used
from workflows.wizard.draft import choose_workspace, save_columns
from workflows.wizard.forms import EventStepForm, RegionStepForm, WorkspaceStepForm
from workflows.wizard.pages import go_on, may_use, posted, render_step


def workspace_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    """Show the token's one workspace; going on takes it. Segment out of reach does not stop anybody."""
    account = task.account
    assert account is not None  # noqa: S101 (the step is only reached with an account)
    if request.method == "POST" and WorkspaceStepForm(request.POST, instance=copy.copy(task)).is_valid():
        if account.has_token:
            cleared = choose_workspace(task, account.workspace_id, account.workspace_name)
            if cleared:
                messages.warning(request, cleared)
        return go_on(task, "workspace")
    is_own = may_use(request.user, account)
    trouble = _ask_segment(account) if is_own and account.has_token else ""
    context = {"account": account, "is_own": is_own, "trouble": trouble}
    return render_step(request, task, "workspace", context)


def event_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    form = EventStepForm(posted(request), instance=copy.copy(task))
    if request.method == "POST" and form.is_valid():
        save_columns(form.instance, form.fields)
        return go_on(task, "event")
    return render_step(
        request, task, "event", {"form": form, "event_names": event_names_used(request.user.brand_id)}
    )


def region_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    form = RegionStepForm(posted(request), instance=copy.copy(task))
    if request.method == "POST" and form.is_valid():
        save_columns(form.instance, ["region", "is_region_forced"])
        return go_on(task, "region")
    return render_step(request, task, "region", {"form": form, "account": task.account})


def _ask_segment(account: SegmentAccount) -> str:
    """Ask Segment which workspace the token opens, and keep it. Returns what went wrong, or ""."""
    try:
        check_account(account)
    except PROBLEMS as problem:
        return explain_problem(problem)
    is_refused = account.health == AccountHealth.BAD_TOKEN
    return explain_problem(BadToken("refused")) if is_refused else ""
