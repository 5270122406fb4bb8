"""The six steps: their order, which may be opened, and what was chosen in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import SegmentAccount, User
from workflows.models import EventType, SegmentTask
from workflows.selectors.tasks import is_step_done

TITLES: dict[str, str | Promise] = {
    "account": gettext_lazy("Account"),
    "workspace": gettext_lazy("Workspace"),
    "source": gettext_lazy("Source"),
    "event": pgettext_lazy("a step of the wizard", "Event"),
    "region": gettext_lazy("Region"),
    "mappings": gettext_lazy("Mappings"),
}
STEPS = tuple(TITLES)
LAST = STEPS[-1]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of the list of steps. `url` is empty while an earlier step is unfinished."""

    slug: str
    title: str
    chosen: str
    url: str
    is_done: bool
    is_current: bool


def first_unfinished(task: SegmentTask) -> str:
    """The first step without a choice; the mappings when all others have one."""
    return next((step for step in STEPS if not is_step_done(task, step)), LAST)


def is_reachable(task: SegmentTask, step: str) -> bool:
    """Whether all steps before `step` have their choice."""
    return STEPS.index(step) <= STEPS.index(first_unfinished(task))


def neighbour(step: str, offset: int) -> str | None:
    """The step `offset` places after `step` (before it, when negative); None past either end."""
    index = STEPS.index(step) + offset
    return STEPS[index] if 0 <= index < len(STEPS) else None


def step_url(task: SegmentTask, step: str) -> str:
    return reverse("task_step", args=[task.pk, step])


def step_lines(task: SegmentTask, current: str, user: User) -> tuple[StepLine, ...]:
    """All six steps as the page shows them to `user`."""
    return tuple(
        StepLine(
            slug=step,
            title=str(title),
            chosen=_CHOSEN[step](task, user),
            url=step_url(task, step) if is_reachable(task, step) else "",
            is_done=is_step_done(task, step),
            is_current=step == current,
        )
        for step, title in TITLES.items()
    )


def describe_owner(account: SegmentAccount, user: User) -> str:
    """Who may use the account, as `user` reads it."""
    if account.owner is None:
        return _("shared by your brand")
    return (
        _("personal") if account.owner_id == user.pk else _("personal to %(name)s") % {"name": account.owner}
    )


def _chosen_account(task: SegmentTask, user: User) -> str:
    return f"{task.account.name} · {describe_owner(task.account, user)}" if task.account else ""


def _chosen_workspace(task: SegmentTask, user: User) -> str:
    if task.account and not task.account.has_token:
        return _("Set by the write key")
    return task.workspace_name or task.workspace_id


def _chosen_source(task: SegmentTask, user: User) -> str:
    return task.source.name if task.source else ""


def _chosen_event(task: SegmentTask, user: User) -> str:
    if task.event_type != EventType.TRACK:
        return task.get_event_type_display() if task.event_type else ""
    return f"{task.get_event_type_display()} · {task.event_name}" if task.event_name else ""


def _chosen_region(task: SegmentTask, user: User) -> str:
    if not task.region:
        return ""
    name = task.get_region_display()
    return _("%(region)s · against the token") % {"region": name} if task.is_region_forced else name


def _chosen_mappings(task: SegmentTask, user: User) -> str:
    count = len(task.rows)
    return ngettext("%(count)s field", "%(count)s fields", count) % {"count": count} if count else ""


_CHOSEN: dict[str, Callable[[SegmentTask, User], str]] = {
    "account": _chosen_account,
    "workspace": _chosen_workspace,
    "source": _chosen_source,
    "event": _chosen_event,
    "region": _chosen_region,
    "mappings": _chosen_mappings,
}
