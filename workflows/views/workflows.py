"""The workflows: the list, one workflow's flow, and adding, editing, switching and deleting it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web import BrandRequest, render_page_or_partial
from workflows.forms import WorkflowForm
from workflows.models import Workflow
from workflows.selectors.runs import RunFilter, run_page
from workflows.selectors.workflows import (
    HEALTH_DELIVERIES,
    listed_workflows,
    task_cards,
    workflow_ids,
    workflows_of,
)
from workflows.services.workflows import (
    SurveyFixedError,
    add_workflow,
    delete_workflow,
    edit_workflow,
    set_workflow_enabled,
)
from workflows.views.live import answer_unchanged, is_unchanged, make_live

PAGE_SIZE = 50
SEARCH_FROM = 21  # fewer are seen at a glance
LAST_RUNS = 10


@require_GET
def workflow_list(request: BrandRequest) -> HttpResponse:
    """The brand's workflows by name, 50 a page, narrowed by `?q=`."""
    brand = request.user.brand
    search = request.GET.get("q", "").strip()
    page = Paginator(workflow_ids(brand, search), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "workflows",
        "page": page,
        "rows": listed_workflows(page),
        "search": search,
        "has_search": bool(search) or page.paginator.count >= SEARCH_FROM,
        "health_deliveries": HEALTH_DELIVERIES,
        "has_surveys": bool(page.paginator.count) or brand.surveys.exists(),
    }
    return render_page_or_partial(request, "workflows/list.html", "workflows/_list.html", context)


@require_GET
def workflow_detail(request: BrandRequest, workflow_id: int) -> HttpResponse:
    """The flow from trigger to last task; beside it the last runs, live."""
    workflow = _get_workflow(request, workflow_id)
    runs = run_page(RunFilter(request.user.brand_id, workflow), size=LAST_RUNS)
    if is_unchanged(request, runs.fingerprint):
        return answer_unchanged()
    cards = task_cards(workflow, runs.runs)
    submit_path = reverse("submit", args=[workflow.survey.submit_key])
    context = {
        "nav": "workflows",
        "workflow": workflow,
        "cards": cards,
        "no_tasks": not cards,
        "runs": runs.runs,
        "submit_url": settings.PUBLIC_URL + submit_path,
        "live": make_live(request, runs.fingerprint),
    }
    return render_page_or_partial(request, "workflows/detail.html", "workflows/_last_runs.html", context)


@require_http_methods(["GET", "POST"])
def workflow_add(request: BrandRequest) -> HttpResponse:
    """A name and the survey that starts it."""
    brand = request.user.brand
    form = WorkflowForm(brand, request.POST or None, initial={"survey": request.GET.get("survey")})
    if request.method == "POST" and form.is_valid():
        workflow = add_workflow(request.user, form.cleaned_data["name"], form.cleaned_data["survey"])
        messages.success(request, _("The workflow was added. Now add its first Segment task."))
        return redirect("workflow_detail", workflow_id=workflow.pk)
    context = {"nav": "workflows", "form": form, "has_surveys": brand.surveys.exists()}
    return render(request, "workflows/add.html", context)


@require_http_methods(["GET", "POST"])
def workflow_edit(request: BrandRequest, workflow_id: int) -> HttpResponse:
    """Rename the workflow, or choose another survey while no task is saved."""
    workflow = _get_workflow(request, workflow_id)
    name = workflow.name  # a bound form writes what was typed into its instance
    form = WorkflowForm(request.user.brand, request.POST or None, instance=workflow)
    if request.method == "POST" and form.is_valid():
        try:
            edit_workflow(workflow, form.cleaned_data["name"], form.cleaned_data["survey"])
        except SurveyFixedError:
            form.add_error("survey", _("A task was saved meanwhile, so the survey cannot change any more."))
        else:
            messages.success(request, _("The workflow was saved."))
            return redirect("workflow_detail", workflow_id=workflow.pk)
    context = {"nav": "workflows", "form": form, "workflow": workflow, "name": name}
    return render(request, "workflows/edit.html", context)


@require_POST
def workflow_enable(request: BrandRequest, workflow_id: int) -> HttpResponse:
    """Switch the workflow on (`is_enabled=on`) or off."""
    workflow = _get_workflow(request, workflow_id)
    set_workflow_enabled(workflow, request.POST.get("is_enabled") == "on")
    if workflow.is_enabled:
        messages.success(request, _("The workflow is on."))
    else:
        messages.success(
            request, _("The workflow is off. Submissions are still taken, and shown as skipped.")
        )
    return redirect("workflow_detail", workflow_id=workflow.pk)


@require_http_methods(["GET", "POST"])
def workflow_delete(request: BrandRequest, workflow_id: int) -> HttpResponse:
    """Ask, then delete the workflow; its runs stay."""
    workflow = _get_workflow(request, workflow_id)
    if request.method == "POST":
        delete_workflow(workflow)
        messages.success(
            request, _("“%(name)s” was deleted. Its runs stay readable.") % {"name": workflow.name}
        )
        return redirect("workflow_list")
    return render(request, "workflows/delete.html", {"nav": "workflows", "workflow": workflow})


def _get_workflow(request: BrandRequest, workflow_id: int) -> Workflow:
    rows = workflows_of(request.user.brand).select_related("survey")
    return get_object_or_404(rows, pk=workflow_id)
