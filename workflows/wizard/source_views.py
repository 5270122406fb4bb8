"""The source step: picking a source of the workspace, searching them, and creating one."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import SegmentAccount, Source
from accounts.problems import PROBLEMS, explain_problem
from accounts.services import create_source, fetch_source, remember_source, write_key_source
from accounts.web import BrandRequest
from segment.errors import Conflict, TimedOut
from workflows.models import SegmentTask
from workflows.wizard.draft import choose_source
from workflows.wizard.forms import SourceNameForm, SourceStepForm
from workflows.wizard.pages import SeeOther, find_task, go_on, may_use, render_step
from workflows.wizard.sources import find_sources, forget_sources, is_name_known
from workflows.wizard.steps import is_reachable, step_url

MAX_QUERY = 100


def source_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    """Pick a source. What the browser posts is only an id; Segment says what it is."""
    if request.method != "POST":
        return _render(request, task)
    account = _account(task)
    if not account.has_token:
        return _take_write_key(request, task, account)
    form = SourceStepForm(request.POST, instance=copy.copy(task))
    if not form.is_valid():
        kept = task.source if not may_use(request.user, account) else None
        return go_on(task, "source") if kept else _render(request, task, form=form)
    segment_id = form.cleaned_data["segment_id"]
    if task.source and task.source.segment_id == segment_id:
        return go_on(task, "source")
    if not may_use(request.user, account):
        form.add_error("segment_id", _("Only the account’s owner can choose another source of it."))
        return _render(request, task, form=form)
    try:
        source = remember_source(account, fetch_source(account, segment_id))
    except PROBLEMS as problem:
        form.add_error("segment_id", explain_problem(problem))
        return _render(request, task, form=form, failed_id=segment_id)
    choose_source(task, source)
    return go_on(task, "source")


@require_safe
def task_sources(request: BrandRequest, task_id: int) -> HttpResponse:
    """The list of sources, for htmx; as a page, it is the source step."""
    task = find_task(request, task_id)
    if not is_reachable(task, "source"):
        return SeeOther(step_url(task, "source"))
    if not request.htmx or request.htmx.history_restore_request:
        return _render(request, task)
    return render(request, "wizard/_sources.html", {"task": task, **_list(request, task)})


@require_safe
def task_source_check_name(request: BrandRequest, task_id: int) -> HttpResponse:
    """Whether a name can be a source's, as it is typed."""
    task = find_task(request, task_id)
    form = SourceNameForm(request.GET)
    account = task.account
    if form.is_valid() and account and is_name_known(account, form.cleaned_data["slug"]):
        form.add_error("slug", explain_problem(Conflict("taken")))
    context = {"task": task, "name_form": form, "is_checked": True}
    return render(request, "wizard/_source_name.html", context)


@require_POST
def task_source_create(request: BrandRequest, task_id: int) -> HttpResponse:
    """Create a source through Segment, and pick it."""
    task = find_task(request, task_id)
    if not is_reachable(task, "source"):
        return SeeOther(step_url(task, "source"))
    account = _account(task)
    form = SourceNameForm(request.POST)
    if form.is_valid() and may_use(request.user, account):
        slug = form.cleaned_data["slug"]
        if task.source and task.source.slug == slug:  # sent twice: it is created and picked already
            return go_on(task, "source")
        source = _create(account, slug, form)
        if source is not None:
            choose_source(task, source)
            messages.success(
                request, _("Created the source “%(name)s” and chose it.") % {"name": source.name}
            )
            return go_on(task, "source")
    return _render(request, task, name_form=form)


def _create(account: SegmentAccount, slug: str, form: SourceNameForm) -> Source | None:
    """The created source; None when it was not, with the reason beside the name."""
    try:
        created = create_source(account, slug)
        forget_sources(account)
        return remember_source(account, created)
    except TimedOut:
        forget_sources(account)
        form.add_error(
            "slug", _("Segment did not answer in time. Look in the list whether the source is there now.")
        )
    except PROBLEMS as problem:
        form.add_error("slug", explain_problem(problem))
    return None


def _take_write_key(request: BrandRequest, task: SegmentTask, account: SegmentAccount) -> HttpResponse:
    try:
        choose_source(task, task.source or write_key_source(account))
    except PROBLEMS as problem:
        return _render(request, task, trouble=explain_problem(problem))
    return go_on(task, "source")


def _render(
    request: BrandRequest,
    task: SegmentTask,
    form: SourceStepForm | None = None,
    name_form: SourceNameForm | None = None,
    failed_id: str = "",
    trouble: str = "",
) -> HttpResponse:
    account = _account(task)
    is_own = may_use(request.user, account)
    context: dict[str, Any] = {
        "account": account,
        "is_own": is_own,
        "form": form or SourceStepForm(instance=copy.copy(task)),
        "name_form": name_form or SourceNameForm(),
        "adds_source": name_form is not None,
        "failed_id": failed_id,
        "trouble": trouble,
    }
    if is_own and account.has_token and not failed_id:
        context |= _list(request, task)
    return render_step(request, task, "source", context)


def _list(request: BrandRequest, task: SegmentTask) -> dict[str, Any]:
    """The page of sources that the request asks for, or why there is none."""
    account = _account(task)
    query = request.GET.get("q", "").strip()[:MAX_QUERY]
    cursor = request.GET.get("cursor", "")[:500]
    page_url = step_url(task, "source")
    if not (may_use(request.user, account) and account.has_token):
        return {"query": query}
    try:
        sources = find_sources(account, query, cursor)
    except PROBLEMS as problem:
        retry_url = f"{page_url}?{urlencode({'q': query})}" if query else page_url
        return {"query": query, "trouble": explain_problem(problem), "retry_url": retry_url}
    more_query = urlencode({"q": query, "cursor": sources.next_cursor})
    return {"query": query, "sources": sources, "more_query": more_query, "page_url": page_url}


def _account(task: SegmentTask) -> SegmentAccount:
    assert task.account is not None  # noqa: S101 (the step is only reached with an account)
    return task.account
