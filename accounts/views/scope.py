"""Whose Segment accounts a page is about: the brand's (for its admins), or one person's own."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import SegmentAccount, User
from accounts.selectors import personal_accounts, shared_accounts
from accounts.web import BrandRequest


@dataclass(frozen=True)
class Scope:
    """`owner` None: shared with the brand. The names are those of URLs."""

    owner: User | None
    list_name: str
    add_name: str
    nav: str

    @property
    def is_shared(self) -> bool:
        return self.owner is None


def shared_scope() -> Scope:
    return Scope(None, "extensions", "account_add", "extensions")


def personal_scope(user: User) -> Scope:
    return Scope(user, "my_accounts", "my_account_add", "")


def scope_of(account: SegmentAccount, user: User) -> Scope:
    return shared_scope() if account.is_shared else personal_scope(user)


def accounts_in(scope: Scope, user: User) -> QuerySet[SegmentAccount]:
    return shared_accounts(user.brand) if scope.is_shared else personal_accounts(user)


def find_account(request: BrandRequest, pk: int) -> SegmentAccount:
    """An account the person may change: a shared one as an admin (403), else only their own (404)."""
    account = get_object_or_404(SegmentAccount, pk=pk, brand=request.user.brand)
    if account.is_shared and not request.user.is_admin:
        raise PermissionDenied
    if not account.is_shared and account.owner_id != request.user.pk:
        raise Http404
    return account
