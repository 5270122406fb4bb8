"""The runs: what came in, what was sent, what Segment said."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Brand
from accounts.web import BrandRequest, render_page_or_partial
from workflows.delivery import outbox
from workflows.models import Delivery, Submission, Workflow
from workflows.selectors.run_details import load_run, read_answers
from workflows.selectors.runs import RunFilter, RunStatus, fingerprint, run_page
from workflows.selectors.troubles import Troubles, troubles_of
from workflows.selectors.workflows import workflows_of
from workflows.views.live import answer_unchanged, is_unchanged, make_live

LISTED_WORKFLOWS = 100  # in the filter; a workflow's own page leads to the runs of any other


@require_GET
def run_list(request: BrandRequest) -> HttpResponse:
    """The newest runs, live; older pages by `?before=`, narrowed by `?workflow=` and `?status=`."""
    wanted, before = _read_filter(request), _read_before(request)
    page = run_page(wanted, before)
    troubles = Troubles() if before else troubles_of(request.user.brand_id)
    seen = fingerprint(page.runs, troubles)
    if is_unchanged(request, seen):
        return answer_unchanged()
    context = {
        "nav": "runs",
        "page": page,
        "troubles": troubles,
        "wanted": wanted,
        "statuses": RunStatus,
        "workflows": partial(_workflow_choices, request.user.brand, wanted.workflow),
        "live": None if before else make_live(request, seen),
        "newest_url": _make_url(wanted),
        "older_url": _make_url(wanted, page.next_before) if page.next_before else "",
        "is_first_page": before is None,
    }
    return render_page_or_partial(request, "runs/list.html", "runs/_list.html", context)


@require_GET
def run_detail(request: BrandRequest, submission_id: UUID) -> HttpResponse:
    """One run: the submission, and per task the event, the attempts and the outcome; live until finished."""
    submissions = Submission.objects.select_related("survey")
    submission = get_object_or_404(submissions, pk=submission_id, brand=request.user.brand)
    run, details = load_run(submission)
    seen = fingerprint([run], [detail.trouble for detail in details])
    if is_unchanged(request, seen):
        return answer_unchanged()
    context = {
        "nav": "runs",
        "run": run,
        "submission": submission,
        "details": details,
        "answers": partial(read_answers, submission),
        "live": None if run.is_finished else make_live(request, seen),
    }
    return render_page_or_partial(request, "runs/detail.html", "runs/_deliveries.html", context)


@require_POST
def run_send_again(request: BrandRequest, delivery_id: UUID) -> HttpResponse:
    """Send a rejected or failed event again."""
    delivery = get_object_or_404(Delivery, pk=delivery_id, brand=request.user.brand)
    outcome = outbox.send_again(delivery, request.user)
    if outcome.is_queued:
        messages.success(request, _("The event waits to be sent again. It goes out within seconds."))
    else:
        nothing_to_do = _("Nothing was done: the event is not rejected or failed any more.")
        messages.warning(request, outcome.reason or nothing_to_do)
    return redirect("run_detail", submission_id=delivery.submission_id)


def _read_filter(request: BrandRequest) -> RunFilter:
    status = request.GET.get("status", "")
    if status and status not in RunStatus.values:
        raise Http404
    return RunFilter(request.user.brand_id, _read_workflow(request), status)


def _read_workflow(request: BrandRequest) -> Workflow | None:
    """A deleted workflow's runs stay readable, so it is found too."""
    wanted = request.GET.get("workflow", "")
    if not wanted:
        return None
    if not wanted.isdecimal():
        raise Http404
    return get_object_or_404(Workflow, pk=int(wanted), brand=request.user.brand)


def _read_before(request: BrandRequest) -> UUID | None:
    before = request.GET.get("before", "")
    try:
        return UUID(before) if before else None
    except ValueError as error:
        raise Http404 from error


def _make_url(wanted: RunFilter, before: UUID | None = None) -> str:
    query = QueryDict(mutable=True)
    if wanted.workflow:
        query["workflow"] = str(wanted.workflow.pk)
    if wanted.status:
        query["status"] = wanted.status
    if before:
        query["before"] = str(before)
    return f"{reverse('run_list')}?{query.urlencode()}" if query else reverse("run_list")


def _workflow_choices(brand: Brand, chosen: Workflow | None) -> list[Workflow]:
    """The newest workflows for the filter, and the chosen one whatever its age."""
    newest = list(workflows_of(brand).only("name").order_by("-pk")[:LISTED_WORKFLOWS])
    if chosen and chosen not in newest:
        newest.append(chosen)
    return sorted(newest, key=lambda workflow: workflow.name.casefold())
