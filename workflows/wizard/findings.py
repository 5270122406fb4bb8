"""Problems as the page lists them: what each is about, where it is mended, and the button that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workflows.mapping.event import Built
from workflows.mapping.problems import Problem
from workflows.models import SegmentTask
from workflows.wizard.extras import CONTEXT_PREFIX, name_context
from workflows.wizard.fixes import FixButton, make_button
from workflows.wizard.steps import step_url

MAX_FINDINGS_SHOWN = 50  # those after them are on the page, hidden, for the inputs that they stand beside
_INPUT_IDS = {
    "user_id": "id_user_id",
    "anonymous_id": "id_anonymous_id",
    "timestamp": "id_timestamp",
    "context": "extras",
    "integrations": "integrations",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as the preview lists it. `where` is the part of the form that it stands beside."""

    level: str
    message: str
    subject: str
    href: str
    where: str
    fix: FixButton | None = None

    @property
    def level_name(self) -> str:
        return {"error": _("error"), "warning": _("warning")}.get(self.level) or _("hint")


def make_finding(task: SegmentTask, problem: Problem, numbers: Sequence[int], built: Built) -> Finding:
    """A problem of `built` for the page; `numbers` are those of the form's rows."""
    where, subject, anchor = problem.where, _name_place(problem.where), ""
    index = problem.row_index
    if index is not None:
        where = f"row-{numbers[index]}"
        subject = built.compiled.rows[index].key or _("No key")
        anchor = f"{where}-key"
    elif where.startswith(CONTEXT_PREFIX):
        anchor = f"id_{where}"
    elif where in _INPUT_IDS:
        anchor = _INPUT_IDS[where]
    fix = make_button(problem.fix, where) if problem.fix is not None else None
    return Finding(problem.level, problem.message, subject, _find_href(task, problem, anchor), where, fix)


def _find_href(task: SegmentTask, problem: Problem, anchor: str) -> str:
    if anchor:
        return f"{step_url(task, 'mappings')}#{anchor}"
    is_of_event_step = problem.where == "event_name" or problem.code in (
        "no_event_type",
        "unknown_event_type",
    )
    return step_url(task, "event") if is_of_event_step else ""


def _name_place(where: str) -> str:
    if where.startswith(CONTEXT_PREFIX):
        return name_context(where.removeprefix(CONTEXT_PREFIX))
    names = {
        "user_id": _("User ID"),
        "anonymous_id": _("Anonymous ID"),
        "event_name": _("Event name"),
        "timestamp": _("Timestamp"),
        "context": _("Context"),
        "integrations": _("Integrations"),
    }
    return names.get(where) or _("The event")


def findings_list(findings: Sequence[Finding], can_fix: bool) -> SafeString:
    """The findings as a list; not in a template, whose loop takes three times as long."""
    count = MAX_FINDINGS_SHOWN if can_fix else 0
    items = format_html_join(
        "",
        '<li data-level="{}" data-where="{}"{}><span class="subject">{} <span class="level">{}</span></span> '
        '<span class="message">{}</span>{}</li>',
        (
            (
                finding.level,
                finding.where,
                " hidden" if index >= MAX_FINDINGS_SHOWN else "",
                _link_subject(finding),
                finding.level_name,
                finding.message,
                _show_button(finding.fix) if index < count else "",
            )
            for index, finding in enumerate(findings)
        ),
    )
    return format_html('<ul class="findings" aria-label="{}">{}</ul>', _("Findings"), items)


def _link_subject(finding: Finding) -> str:
    if not finding.href:
        return finding.subject
    return format_html('<a href="{}">{}</a>', finding.href, finding.subject)


def _show_button(button: FixButton | None) -> str:
    if button is None:
        return ""
    markup = ' <button class="button small fix" form="step-form" name="fix" value="{}" data-fix>{}</button>'
    return format_html(markup, button.value, button.label)
