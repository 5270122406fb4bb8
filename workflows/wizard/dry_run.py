"""A mapping tried over the last submissions: how many would be sent, and what stands against the others.

It builds each event as the worker would. Nothing is stored or sent.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from workflows.delivery.build import preview_ids
from workflows.mapping.compile import compile_definition
from workflows.mapping.definition import Definition
from workflows.mapping.event import Built, build_event
from workflows.models import SegmentTask
from workflows.selectors.samples import submissions_to_try
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.findings import Finding, make_finding

MAX_SUBMISSIONS = 100
MAX_SECONDS = 5.0  # a hundred submissions of 256 KB with the slowest of mappings take longer
MAX_GROUPS = 30
MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A submission, whose run the page links to."""

    submission_id: uuid.UUID

    @property
    def label(self) -> str:
        return f"…{str(self.submission_id)[-6:]}"


@dataclass(slots=True)
class Group:
    """One finding, by code and place, and the submissions that have it. Its message is the newest one's."""

    finding: Finding
    count: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, submission_id: uuid.UUID) -> None:
        self.count += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(Example(submission_id))


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would become of `count` submissions.

    `left_out` of those sent lack a field. `is_cut`: the time was up before all of them were tried.
    """

    count: int
    sent: int
    left_out: int
    rejected: int
    reasons: tuple[Group, ...]
    warnings: tuple[Group, ...]
    empty_fields: tuple[Group, ...]
    hidden_count: int
    is_cut: bool


class _Tally:
    def __init__(self, task: SegmentTask, numbers: Sequence[int]) -> None:
        self._task = task
        self._numbers = numbers
        self.sent = self.left_out = self.rejected = 0
        self.groups: dict[tuple[str, str, str], Group] = {}

    def add(self, submission_id: uuid.UUID, built: Built) -> None:
        if built.is_sendable:
            self.sent += 1
            self.left_out += self._add_left_out(submission_id, built)
        else:
            self.rejected += 1
        seen: set[tuple[str, str, str]] = set()
        for problem in built.problems:
            key = (problem.level, problem.code, problem.where)
            if key in seen or (problem.level != "error" and not built.is_sendable):
                continue
            seen.add(key)
            if key not in self.groups:
                self.groups[key] = Group(make_finding(self._task, problem, self._numbers, built))
            self.groups[key].add(submission_id)

    def _add_left_out(self, submission_id: uuid.UUID, built: Built) -> bool:
        """Note the rows without a value; whether there is one."""
        is_incomplete = False
        for row in built.rows:
            if row.status == "sent" or not row.key:
                continue
            is_incomplete = True
            if row.status == "left_out":
                key = ("", "left_out", row.where)
                if key not in self.groups:
                    self.groups[key] = Group(Finding("", _("empty"), row.key, "", row.where))
                self.groups[key].add(submission_id)
        return is_incomplete

    def sorted_groups(self, level: str) -> list[Group]:
        found = [group for key, group in self.groups.items() if key[0] == level]
        return sorted(found, key=lambda group: -group.count)


def try_submissions(task: SegmentTask, definition: Definition, row_numbers: Sequence[int]) -> DryRun:
    """Build the event of each of the last submissions with `definition` in the place of the draft's.

    Takes `MAX_SECONDS` and the time of one more submission at most.
    """
    survey_id = task.workflow.survey_id
    compiled = compile_definition(definition, mapping_fields(survey_id))
    tally = _Tally(task, row_numbers)
    end = time.monotonic() + MAX_SECONDS
    count, is_cut = 0, False
    for submission_id, data in submissions_to_try(survey_id, MAX_SUBMISSIONS):
        if time.monotonic() > end:
            is_cut = True
            break
        ids = preview_ids(submission_id, task.pk)
        built = build_event(compiled, data, message_id=ids.message_id, random_id=ids.random_id)
        tally.add(submission_id, built)
        count += 1
    return _summarise(tally, count, is_cut)


def _summarise(tally: _Tally, count: int, is_cut: bool) -> DryRun:
    reasons, warnings, empty = (tally.sorted_groups(level) for level in ("error", "warning", ""))
    return DryRun(
        count=count,
        sent=tally.sent,
        left_out=tally.left_out,
        rejected=tally.rejected,
        reasons=tuple(reasons[:MAX_GROUPS]),
        warnings=tuple(warnings[:MAX_GROUPS]),
        empty_fields=tuple(empty[:MAX_GROUPS]),
        hidden_count=sum(max(0, len(groups) - MAX_GROUPS) for groups in (reasons, warnings, empty)),
        is_cut=is_cut,
    )
