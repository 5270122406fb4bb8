"""Choices written to the draft, each with what it clears: only what depends on it, and only when it changed.

Each function writes its own columns and no others, so two tabs on two steps do not undo one another.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import SegmentAccount, Source
from workflows.models import SegmentTask


def save_columns(task: SegmentTask, columns: Iterable[str]) -> None:
    """Write the named columns of the draft."""
    task.save(update_fields=[*columns, "updated_at"])


def choose_account(task: SegmentTask, account: SegmentAccount) -> str:
    """Another account clears workspace, source and region. Returns the sentence that says so, or ""."""
    if task.account_id == account.pk:
        return ""
    cleared = [_name_workspace(task), _name_source(task), _name_region(task)]
    task.account = account
    task.workspace_id = task.workspace_name = task.region = ""
    task.source = None
    task.is_region_forced = False
    save_columns(task, ["account", "workspace_id", "workspace_name", "source", "region", "is_region_forced"])
    return _say(_("The account changed, so these were cleared: %(things)s."), cleared)


def choose_workspace(task: SegmentTask, workspace_id: str, workspace_name: str) -> str:
    """Another workspace clears the source. Returns the sentence that says so, or ""."""
    is_same = task.workspace_id in ("", workspace_id)
    cleared = [] if is_same else [_name_source(task)]
    task.workspace_id, task.workspace_name = workspace_id, workspace_name
    if not is_same:
        task.source = None
    save_columns(task, ["workspace_id", "workspace_name", "source"])
    return _say(_("The workspace changed, so this was cleared: %(things)s."), cleared)


def choose_source(task: SegmentTask, source: Source) -> None:
    """Nothing depends on the source."""
    task.source = source
    save_columns(task, ["source"])


def _say(sentence: str, cleared: Iterable[str]) -> str:
    things = ", ".join(thing for thing in cleared if thing)
    return (
        f"{sentence % {'things': things}} {_('The event and the mappings are as they were.')}"
        if things
        else ""
    )


def _name_workspace(task: SegmentTask) -> str:
    name = task.workspace_name or task.workspace_id
    return _("workspace “%(name)s”") % {"name": name} if name else ""


def _name_source(task: SegmentTask) -> str:
    return _("source “%(name)s”") % {"name": task.source.name} if task.source else ""


def _name_region(task: SegmentTask) -> str:
    return _("region %(name)s") % {"name": task.get_region_display()} if task.region else ""
