"""Segment accounts: one set of pages for those shared with the brand and for a person's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import AccountInUseError
from accounts.forms import AccountForm, RenameForm, ReplaceSecretForm, focus_first_error
from accounts.health import describe_health
from accounts.models import SegmentAccount
from accounts.problems import PROBLEMS, explain_problem
from accounts.selectors import account_cards
from accounts.services import check_account, remove_account, rename_account
from accounts.views.scope import Scope, accounts_in, find_account, personal_scope, scope_of, shared_scope
from accounts.web import BrandRequest, admin_required, redirect_to, render_page_or_partial

MAX_USES_LISTED = 200


@require_GET
@admin_required
def extensions(request: BrandRequest) -> HttpResponse:
    return _render_list(request, shared_scope())


@require_GET
def my_accounts(request: BrandRequest) -> HttpResponse:
    return _render_list(request, personal_scope(request.user))


def _render_list(request: BrandRequest, scope: Scope) -> HttpResponse:
    cards = account_cards(accounts_in(scope, request.user))
    page = "accounts/extensions.html" if scope.is_shared else "accounts/my_accounts.html"
    return render(request, page, {"cards": cards, "scope": scope, "nav": scope.nav})


@sensitive_post_parameters("token", "write_key")
@require_http_methods(["GET", "POST"])
@admin_required
def account_add(request: BrandRequest) -> HttpResponse:
    return _add(request, shared_scope())


@sensitive_post_parameters("token", "write_key")
@require_http_methods(["GET", "POST"])
def my_account_add(request: BrandRequest) -> HttpResponse:
    return _add(request, personal_scope(request.user))


def _add(request: BrandRequest, scope: Scope) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = request.user
        account = form.connect(brand=user.brand, owner=scope.owner, created_by=user)
        if account:
            _say_connected(request, account)
            return redirect_to(request, scope.list_name)
    focus_first_error(form)
    context = {"form": form, "scope": scope, "nav": scope.nav}
    return render_page_or_partial(
        request, "accounts/account_add.html", "accounts/_account_form.html", context
    )


def _say_connected(request: BrandRequest, account: SegmentAccount) -> None:
    """What was connected; a warning where the account will not do all it could."""
    advice = describe_health(account).advice
    names = {"name": account.name, "workspace": account.workspace_name}
    if account.has_token:
        text = _("“%(name)s” is connected to the workspace %(workspace)s.") % names
    else:
        text = _("“%(name)s” is saved.") % names
    level = messages.WARNING if advice else messages.SUCCESS
    messages.add_message(request, level, f"{text} {advice}".strip())


@require_GET
def account_detail(request: BrandRequest, pk: int) -> HttpResponse:
    account = find_account(request, pk)
    (card,) = account_cards([account], MAX_USES_LISTED)
    return render(request, "accounts/account_detail.html", _context(request, account) | {"card": card})


@require_POST
def account_check(request: BrandRequest, pk: int) -> HttpResponse:
    account = find_account(request, pk)
    try:
        health = describe_health(check_account(account))
        note, level = _("Checked: %(health)s.") % {"health": health.label}, messages.INFO
    except PROBLEMS as problem:
        note, level = explain_problem(problem), messages.ERROR
    if not request.htmx:
        messages.add_message(request, level, f"{account.name}: {note}")
        return redirect_to(request, scope_of(account, request.user).list_name)
    (card,) = account_cards([account])
    context = _context(request, account) | {"card": card, "note": note, "is_problem": level == messages.ERROR}
    return render(request, "accounts/_account_card.html", context)


@require_http_methods(["GET", "POST"])
def account_rename(request: BrandRequest, pk: int) -> HttpResponse:
    account = find_account(request, pk)
    form = RenameForm(request.POST if request.method == "POST" else None, instance=account)
    if form.is_valid():
        rename_account(account, form.cleaned_data["name"])
        messages.success(request, _("The account is renamed to “%(name)s”.") % {"name": account.name})
        return redirect_to(request, scope_of(account, request.user).list_name)
    focus_first_error(form)
    return render(request, "accounts/account_rename.html", _context(request, account) | {"form": form})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
def account_replace(request: BrandRequest, pk: int) -> HttpResponse:
    account = find_account(request, pk)
    form = ReplaceSecretForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid() and form.replace():
        _say_connected(request, account)
        return redirect_to(request, scope_of(account, request.user).list_name)
    focus_first_error(form)
    return render(request, "accounts/account_replace.html", _context(request, account) | {"form": form})


@require_http_methods(["GET", "POST"])
def account_remove(request: BrandRequest, pk: int) -> HttpResponse:
    account = find_account(request, pk)
    if request.method == "POST":
        try:
            remove_account(account)
            messages.success(request, _("“%(name)s” is removed.") % {"name": account.name})
            return redirect_to(request, scope_of(account, request.user).list_name)
        except AccountInUseError as problem:
            messages.error(request, explain_problem(problem))
    (card,) = account_cards([account], MAX_USES_LISTED)
    return render(request, "accounts/account_remove.html", _context(request, account) | {"card": card})


def _context(request: BrandRequest, account: SegmentAccount) -> dict[str, Any]:
    scope = scope_of(account, request.user)
    return {"account": account, "scope": scope, "nav": scope.nav}
