"""What a task does, in one line: for a saved revision and for a draft."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import RegionChoice, Source
from workflows.mapping.definition import Definition
from workflows.models import EventType, SegmentTask, TaskRevision


@dataclass(frozen=True, slots=True)
class TaskLine:
    """The parts of "Identify in Acme / website (Oregon): 6 fields", each ready to read.

    `event` is empty while no event is chosen; `place` and `region` while there is no source or region.
    """

    event: str
    place: str = ""
    region: str = ""
    fields: str = ""


def describe_revision(revision: TaskRevision) -> TaskLine:
    """What is sent since that revision was saved."""
    return _describe(Definition.from_json(revision.definition), revision.source, revision.region)


def describe_draft(task: SegmentTask) -> TaskLine:
    """What the draft would send, as far as it is filled in."""
    return _describe(task.definition(), task.source, task.region)


def describe_event(event_type: str, event_name: str) -> str:
    """The event in words: "Identify", or its type and name; empty when none is chosen."""
    if event_type == EventType.TRACK and event_name:
        return _("Track “%(name)s”") % {"name": event_name}
    return str(EventType(event_type).label) if event_type in EventType.values else ""


def _describe(definition: Definition, source: Source | None, region: str) -> TaskLine:
    count = sum(1 for row in definition.rows if row.key.strip())
    return TaskLine(
        event=describe_event(definition.event_type, definition.event_name),
        place=describe_source(source),
        region=str(RegionChoice(region).label) if region in RegionChoice.values else "",
        fields=ngettext("%(count)d field", "%(count)d fields", count) % {"count": count},
    )


def describe_source(source: Source | None) -> str:
    """Its workspace and name: "Acme / website"; empty for none."""
    if source is None:
        return ""
    return f"{source.workspace_name} / {source.name}" if source.workspace_name else source.name
