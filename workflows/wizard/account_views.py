"""The account step, and adding a user account inside it."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import AccountForm
from accounts.models import SegmentAccount, User
from accounts.problems import PROBLEMS, explain_problem
from accounts.selectors import accounts_usable_by
from accounts.services import write_key_source
from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.wizard.draft import choose_account, choose_source
from workflows.wizard.forms import AccountStepForm
from workflows.wizard.pages import find_task, go_on, may_use, render_step
from workflows.wizard.steps import describe_owner


def account_step(request: BrandRequest, task: SegmentTask) -> HttpResponse:
    """Choose an account that one may use; the one chosen already may stay."""
    if request.method != "POST":
        return _render(request, task)
    form = AccountStepForm(request.POST, instance=copy.copy(task), user=request.user)
    if form.is_valid():
        problem = _choose(request, task, form.cleaned_data["account"])
        if not problem:
            return go_on(task, "account")
        form.add_error("account", problem)
    return _render(request, task, form=form)


@require_POST
def task_account_add(request: BrandRequest, task_id: int) -> HttpResponse:
    """Connect a personal account and choose it."""
    task = find_task(request, task_id)
    form = AccountForm(request.POST)
    if form.is_valid():
        user = request.user
        account = form.connect(brand=user.brand, owner=user, created_by=user)
        if account is not None:
            messages.success(request, _("Connected “%(name)s”.") % {"name": account.name})
            problem = _choose(request, task, account)
            if not problem:
                return go_on(task, "account")
            form.add_error(None, problem)
    return _render(request, task, account_form=form)


def _choose(request: BrandRequest, task: SegmentTask, account: SegmentAccount) -> str:
    """Write the choice; a write key brings its one source. Returns what went wrong, or ""."""
    if account.pk == task.account_id and (account.has_token or task.source_id):
        return ""
    try:
        source = None if account.has_token else write_key_source(account)
    except PROBLEMS as problem:
        return explain_problem(problem)
    if cleared := choose_account(task, account):
        messages.warning(request, cleared)
    if source is not None:
        choose_source(task, source)
    return ""


def _render(
    request: BrandRequest,
    task: SegmentTask,
    form: AccountStepForm | None = None,
    account_form: AccountForm | None = None,
) -> HttpResponse:
    form = form or AccountStepForm(instance=copy.copy(task), user=request.user)
    cards = _list_cards(task, request.user, form["account"].value())
    context = {
        "form": form,
        "account_form": account_form or AccountForm(),
        "adds_account": account_form is not None,
        "cards": cards,
    }
    return render_step(request, task, "account", context)


def _list_cards(task: SegmentTask, user: User, chosen: Any) -> list[dict[str, Any]]:
    """The usable accounts and the chosen one; a single account is chosen for a start."""
    accounts = list(accounts_usable_by(user).select_related("owner"))
    if task.account is not None and not may_use(user, task.account):
        accounts.insert(0, task.account)
    if not chosen and len(accounts) == 1:
        chosen = accounts[0].pk
    return [
        {
            "account": account,
            "owner": describe_owner(account, user),
            "is_chosen": str(account.pk) == str(chosen),
            "is_foreign": not may_use(user, account),
        }
        for account in accounts
    ]
