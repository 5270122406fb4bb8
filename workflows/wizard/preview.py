"""What Segment will receive: the draft's event for one sample, built by the builder that the worker uses.

Nothing here is saved. A step that is not finished yet leaves a gap that the page names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.delivery.build import preview_ids
from workflows.mapping.compile import EVENT_TYPES, compile_definition
from workflows.mapping.definition import Definition
from workflows.mapping.event import Built, build_event
from workflows.mapping.lint import lint
from workflows.mapping.problems import Problem
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.findings import MAX_FINDINGS_SHOWN, Finding, findings_list, make_finding
from workflows.wizard.row_lines import RowLine, make_line, mapped_table
from workflows.wizard.rows import has_content
from workflows.wizard.samples import NEWEST, Sample, Wanted, find_sample

MAX_FINDINGS = 1_000
MAX_KEYS_SHOWN = 12
_LEVELS = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True)
class FormState:
    """What the preview must know of the form: its rows’ numbers, and what stands against keeping it.

    `is_complete` shows what is wrong even when nothing is mapped.
    """

    row_numbers: Sequence[int]
    refused: Sequence[Finding] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that `wizard/_preview.html` shows. `problems` are those found without a submission.

    `can_fix`: the form that one-click fixes change is on the page.
    """

    built: Built
    sample: Sample
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    hidden_count: int
    rows: tuple[RowLine, ...]
    can_fix: bool
    is_type_missing: bool
    has_started: bool
    error_count: int
    warning_count: int

    @property
    def size_text(self) -> str:
        return _("%(size)s of 32 KB") % {"size": print_bytes(self.built.size)}

    @property
    def has_rows(self) -> bool:
        return any(row.status != "blank" for row in self.rows)

    @property
    def mapped_table(self) -> SafeString:
        """What each row yields, as a table."""
        return mapped_table(self.rows)

    @property
    def findings_list(self) -> SafeString:
        return findings_list(self.findings, self.can_fix)

    @property
    def left_out(self) -> str:
        """The keys of the first rows that are empty in this sample."""
        keys = [row.key for row in self.rows if row.status == "left_out" and row.key]
        more = ["…"] if len(keys) > MAX_KEYS_SHOWN else []
        return ", ".join([*keys[:MAX_KEYS_SHOWN], *more])

    @property
    def worst(self) -> str:
        """ "bad", "warning" or "good": the state of the worst finding; "" while nothing is mapped."""
        if not self.has_started:
            return ""
        return "bad" if self.error_count else "warning" if self.warning_count else "good"

    @property
    def verdict(self) -> str:
        """The worst kind of finding, counted."""
        if not self.has_started:
            return _("Nothing mapped yet")
        if self.error_count:
            return ngettext("%(n)s error", "%(n)s errors", self.error_count) % {"n": self.error_count}
        if self.warning_count:
            return ngettext("%(n)s warning", "%(n)s warnings", self.warning_count) % {"n": self.warning_count}
        return _("No problems")


def build_preview(
    task: SegmentTask, definition: Definition, wanted: Wanted = NEWEST, form: FormState | None = None
) -> Preview:
    """The preview of `definition` in the place of the draft's, for the page that has `form` or for another.

    Never raises, whatever the mapping's text is.
    """
    survey_id = task.workflow.survey_id
    fields = mapping_fields(survey_id)
    sample = find_sample(survey_id, wanted, fields)
    is_type_missing = definition.event_type not in EVENT_TYPES
    shown = replace(definition, event_type="identify") if is_type_missing else definition
    ids = preview_ids(sample.submission_id, task.pk)
    built = build_event(
        compile_definition(shown, fields), sample.data, message_id=ids.message_id, random_id=ids.random_id
    )
    state = form or FormState(range(1, len(definition.rows) + 1))
    has_started = state.is_complete or task.is_saved or has_content(definition)
    problems = [*built.problems, *lint(shown, built)] if has_started else []
    findings = (*state.refused, *_list_findings(task, problems, state.row_numbers, built))
    return Preview(
        built=built,
        sample=sample,
        problems=built.compiled.problems if has_started else (),
        findings=findings[:MAX_FINDINGS],
        hidden_count=max(0, len(findings) - MAX_FINDINGS_SHOWN),
        rows=_list_rows(built, state.row_numbers),
        can_fix=form is not None,
        is_type_missing=is_type_missing,
        has_started=has_started,
        error_count=sum(finding.level == "error" for finding in findings),
        warning_count=sum(finding.level == "warning" for finding in findings),
    )


def _list_rows(built: Built, numbers: Sequence[int]) -> tuple[RowLine, ...]:
    return tuple(
        make_line(result, number, compiled.is_blank)
        for result, number, compiled in zip(built.rows, numbers, built.compiled.rows, strict=True)
    )


def print_bytes(size: int) -> str:
    """ "412 B", "1.2 KB"."""
    return _("%(n)s B") % {"n": size} if size < 1024 else _("%(n)s KB") % {"n": f"{size / 1024:.1f}"}


def _list_findings(
    task: SegmentTask, problems: Sequence[Problem], numbers: Sequence[int], built: Built
) -> tuple[Finding, ...]:
    ordered = sorted(problems, key=lambda problem: _LEVELS.index(problem.level))
    return tuple(make_finding(task, problem, numbers, built) for problem in ordered)
