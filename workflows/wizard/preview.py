"""What Segment will receive: the draft's event for one sample, built by the builder that the worker uses.

Nothing here is saved. A step that is not finished yet leaves a gap that the page names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.identifiers import delivery_id, message_id, random_anonymous_id
from workflows.mapping.compile import EVENT_TYPES, compile_definition
from workflows.mapping.definition import Definition
from workflows.mapping.event import Built, RowResult, build_event
from workflows.mapping.lint import lint
from workflows.mapping.problems import Problem
from workflows.mapping.values import encode
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.rows import has_content
from workflows.wizard.samples import Sample, SampleChoice, find_sample, sample_choices
from workflows.wizard.steps import step_url

MAX_FINDINGS_SHOWN = 50
MAX_FINDINGS = 1_000  # those past the shown ones are on the page for their rows
MAX_KEYS_SHOWN = 12
MAX_VALUE_CHARACTERS = 120
_LEVELS = ("error", "warning", "hint")
_INPUT_IDS = {"user_id": "id_user_id", "anonymous_id": "id_anonymous_id"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as the preview lists it: what it is about, and a link to where it is mended."""

    level: str
    message: str
    subject: str
    href: str
    where: str

    @property
    def level_name(self) -> str:
        return {"error": _("error"), "warning": _("warning")}.get(self.level) or _("hint")


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row as *Mapped fields* lists it."""

    number: int
    key: str
    value: str
    type: str
    status: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that `wizard/_preview.html` shows."""

    built: Built
    sample: Sample
    choices: tuple[SampleChoice, ...]
    findings: tuple[Finding, ...]
    hidden_count: int
    rows: tuple[RowLine, ...]
    is_type_missing: bool
    has_started: bool
    error_count: int
    warning_count: int

    @property
    def size_text(self) -> str:
        return _("%(size)s of 32 KB") % {"size": print_bytes(self.built.size)}

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
    task: SegmentTask,
    definition: Definition,
    wanted_sample: str = "",
    row_numbers: Sequence[int] = (),
    is_complete: bool = False,
) -> Preview:
    """The preview of `definition` in the place of the draft's.

    `row_numbers` names the form's rows where they are not 1, 2, 3 …; `is_complete` shows the findings even
    when nothing is mapped. Never raises, whatever the mapping's text is.
    """
    survey_id = task.workflow.survey_id
    fields = mapping_fields(survey_id)
    choices = sample_choices(survey_id)
    sample = find_sample(survey_id, wanted_sample, choices, fields)
    is_type_missing = definition.event_type not in EVENT_TYPES
    shown = replace(definition, event_type="identify") if is_type_missing else definition
    delivery = delivery_id(sample.submission_id, task.pk)
    built = build_event(
        compile_definition(shown, fields),
        sample.data,
        message_id=message_id(delivery),
        random_id=random_anonymous_id(delivery),
    )
    has_started = is_complete or task.is_saved or has_content(definition)
    problems = [*built.problems, *lint(shown, built)] if has_started else []
    numbers = row_numbers or range(1, len(definition.rows) + 1)
    findings = _list_findings(task, problems, numbers, built)
    return Preview(
        built=built,
        sample=sample,
        choices=choices,
        findings=findings[:MAX_FINDINGS],
        hidden_count=max(0, len(findings) - MAX_FINDINGS_SHOWN),
        rows=tuple(map(_list_row, built.rows, numbers)),
        is_type_missing=is_type_missing,
        has_started=has_started,
        error_count=sum(finding.level == "error" for finding in findings),
        warning_count=sum(finding.level == "warning" for finding in findings),
    )


def print_bytes(size: int) -> str:
    """ "412 B", "1.2 KB"."""
    return _("%(n)s B") % {"n": size} if size < 1024 else _("%(n)s KB") % {"n": f"{size / 1024:.1f}"}


def _list_findings(
    task: SegmentTask, problems: Sequence[Problem], numbers: Sequence[int], built: Built
) -> tuple[Finding, ...]:
    ordered = sorted(problems, key=lambda problem: _LEVELS.index(problem.level))
    return tuple(_make_finding(task, problem, numbers, built) for problem in ordered)


def _make_finding(task: SegmentTask, problem: Problem, numbers: Sequence[int], built: Built) -> Finding:
    mappings = step_url(task, "mappings")
    index = problem.row_index
    if index is not None:
        where, key = f"row-{numbers[index]}", built.compiled.rows[index].key
        return Finding(problem.level, problem.message, key or _("No key"), f"{mappings}#{where}-key", where)
    if problem.where in _INPUT_IDS:
        subject = _("User ID") if problem.where == "user_id" else _("Anonymous ID")
        href = f"{mappings}#{_INPUT_IDS[problem.where]}"
        return Finding(problem.level, problem.message, subject, href, problem.where)
    subject = _("Event name") if problem.where == "event_name" else _("The event")
    href = step_url(task, "event") if problem.where == "event_name" else ""
    return Finding(problem.level, problem.message, subject, href, problem.where)


def _list_row(row: RowResult, number: int) -> RowLine:
    text = "" if row.status != "sent" else encode(row.value)
    if len(text) > MAX_VALUE_CHARACTERS:
        text = text[: MAX_VALUE_CHARACTERS - 1] + "…"
    return RowLine(number, row.key, text, row.type, row.status)
