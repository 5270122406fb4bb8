"""Reads: who may use which Segment account, and where accounts are used.

Secrets stay deferred in every query here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.health import Health, describe_health
from accounts.models import Brand, Invitation, SegmentAccount, User

MAX_USES_SHOWN = 5


@dataclass(frozen=True)
class AccountUse:
    """A task, saved or draft, that has the account chosen. `event` is "identify", "track …" or empty."""

    workflow_id: int
    workflow_name: str
    task_id: int
    event: str
    is_saved: bool


@dataclass(frozen=True)
class Usage:
    """The first uses of an account, and how many there are in all."""

    uses: tuple[AccountUse, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.uses)


def accounts_usable_by(user: User) -> QuerySet[SegmentAccount]:
    """What `user` may choose in a task: the brand's shared accounts and their own, by name."""
    mine = Q(owner__isnull=True) | Q(owner=user)
    return SegmentAccount.objects.filter(mine, brand_id=user.brand_id).order_by("name", "id")


def shared_accounts(brand: Brand) -> QuerySet[SegmentAccount]:
    return SegmentAccount.objects.filter(brand=brand, owner__isnull=True).order_by("name", "id")


def personal_accounts(user: User) -> QuerySet[SegmentAccount]:
    return SegmentAccount.objects.filter(brand_id=user.brand_id, owner=user).order_by("name", "id")


def account_usage(account: SegmentAccount, limit: int = MAX_USES_SHOWN) -> Usage:
    """Which tasks have the account chosen; tasks and workflows that were deleted do not count."""
    return usage_by_account([account], limit).get(account.pk, Usage())


def usage_by_account(accounts: Iterable[SegmentAccount], limit: int = MAX_USES_SHOWN) -> dict[int, Usage]:
    """`account_usage` of many accounts in one query; accounts without a use are left out."""
    uses: dict[int, list[AccountUse]] = defaultdict(list)
    totals: dict[int, int] = {}
    for row in _numbered_uses(accounts, limit):
        totals[row["pk"]] = row["use_total"]
        uses[row["pk"]].append(
            AccountUse(
                workflow_id=row["workflow_id"],
                workflow_name=row["tasks__workflow__name"],
                task_id=row["tasks__id"],
                event=f"{row['tasks__event_type']} {row['tasks__event_name']}".strip(),
                is_saved=row["tasks__current_revision"] is not None,
            )
        )
    return {pk: Usage(tuple(found), totals[pk]) for pk, found in uses.items()}


def _numbered_uses(accounts: Iterable[SegmentAccount], limit: int) -> Iterable[Mapping[str, Any]]:
    """The first `limit` tasks of each account. Found from the account's side: accounts know no workflows."""
    in_use = SegmentAccount.objects.filter(
        pk__in=[account.pk for account in accounts],
        tasks__isnull=False,
        tasks__deleted_at__isnull=True,
        tasks__workflow__deleted_at__isnull=True,
    )
    order = ["tasks__workflow__name", "tasks__workflow_id", "tasks__position", "tasks__id"]
    numbered = in_use.annotate(
        use_number=Window(RowNumber(), partition_by="pk", order_by=order),
        use_total=Window(Count("tasks__id"), partition_by="pk"),
        workflow_id=F("tasks__workflow_id"),
    ).filter(use_number__lte=limit)
    return numbered.order_by("pk", "use_number").values(
        "pk",
        "use_total",
        "workflow_id",
        "tasks__workflow__name",
        "tasks__id",
        "tasks__event_type",
        "tasks__event_name",
        "tasks__current_revision",
    )


@dataclass(frozen=True)
class AccountCard:
    """What a list of accounts shows of one."""

    account: SegmentAccount
    health: Health
    usage: Usage


def account_cards(accounts: Iterable[SegmentAccount], limit: int = MAX_USES_SHOWN) -> tuple[AccountCard, ...]:
    """Cards in the order of `accounts`, by one query beside theirs."""
    accounts = list(accounts)
    usages = usage_by_account(accounts, limit) if accounts else {}
    return tuple(
        AccountCard(account, describe_health(account), usages.get(account.pk, Usage()))
        for account in accounts
    )


def people_of(brand: Brand) -> QuerySet[User]:
    """The brand's active people, admins first."""
    return User.objects.filter(brand=brand, is_active=True).order_by("role", "name", "email")


def open_invitations(brand: Brand) -> QuerySet[Invitation]:
    """Invitations that can still be accepted or, when too old, sent anew."""
    return Invitation.objects.filter(brand=brand).order_by("email")
