"""*Send a test event*: this very event, to the task's source, now."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.web import BrandRequest
from workflows.delivery.build import preview_ids
from workflows.delivery.trial import (
    SecretUnreadableError,
    SourceGoneError,
    TrialsBusyError,
    build_test_event,
    log_trial,
    send_test_event,
)
from workflows.mapping.compile import compile_definition
from workflows.mapping.event import Built
from workflows.models import SegmentTask
from workflows.selectors.tasks import mapping_fields
from workflows.wizard.mapping_form import MappingsForm
from workflows.wizard.mapping_pages import read_form
from workflows.wizard.pages import find_task
from workflows.wizard.samples import find_sample, read_wanted
from workflows.wizard.steps import step_url
from workflows.wizard.tools import back_to_mappings, show_result
from workflows.wizard.trial_limit import MAX_TRIALS, take_trial
from workflows.wizard.trial_report import Report, report_answer


@require_http_methods(["GET", "POST"])
def task_test(request: BrandRequest, task_id: int) -> HttpResponse:
    """Send the event of the mapping as typed for the chosen sample. Nothing of it is stored."""
    task = find_task(request, task_id)
    if request.method != "POST":
        return back_to_mappings(task)
    form = read_form(request, task)
    report = _try(request, task, form)
    return show_result(request, task, form, "wizard/_trial.html", report.title, trial=report)


def _try(request: BrandRequest, task: SegmentTask, form: MappingsForm) -> Report:
    """Everything that stands against sending, then the sending."""
    fields = mapping_fields(task.workflow.survey_id)
    sample = find_sample(task.workflow.survey_id, read_wanted(request.POST), fields)
    if sample.problem:
        return Report("warning", _("Not sent: the edited JSON cannot be read"), sample.problem)
    if task.source_id is None or not task.region:
        return _refuse_incomplete(task)
    if not form.is_valid():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return Report("warning", _("Not sent: the mapping cannot be used as it is"), text)
    ids = preview_ids(sample.submission_id, task.pk)
    built = build_test_event(compile_definition(form.definition(), fields), sample.data, ids.random_id)
    if not built.is_sendable:
        return _refuse_event(built)
    allowance = take_trial(request.user.pk)
    if allowance.wait_seconds:
        return _refuse_more(allowance.wait_seconds)
    report = _send(request, task, built, task.source_id)
    return report.with_remaining(allowance.remaining, sample.made_from)


def _send(request: BrandRequest, task: SegmentTask, built: Built, source_id: int) -> Report:
    try:
        trial = send_test_event(built, source_id, task.region)
    except SourceGoneError:
        return _refuse_incomplete(task)
    except SecretUnreadableError:
        text = _(
            "The write key of the source cannot be decrypted. An operator must put the FIELD_ENCRYPTION_KEY "
            "back with which it was stored."
        )
        return Report("bad", _("Not sent: the write key cannot be read"), text)
    except TrialsBusyError:
        text = _("Other test events are under way, and their answers take long. Try again in ten seconds.")
        return Report("warning", _("Not sent: too many tests at once"), text)
    log_trial(trial, user_id=request.user.pk, task_id=task.pk, source_id=source_id)
    return report_answer(trial)


def _refuse_incomplete(task: SegmentTask) -> Report:
    if task.source_id is not None and not task.region:
        text, step = _("No region is chosen yet."), "region"
    else:
        text, step = _("No source is chosen, or the chosen one is no longer here."), "source"
    return Report(
        "warning", _("Not sent: the task is unfinished"), text, fix_url=step_url(task, step), fix_step=step
    )


def _refuse_event(built: Built) -> Report:
    errors = tuple(problem.message for problem in built.problems if problem.level == "error")
    text = _("Segment would drop or refuse this event, so it was not sent. Mend this first:")
    return Report("bad", _("Not sent: the event has errors"), text, errors=errors)


def _refuse_more(wait_seconds: int) -> Report:
    text = _("You may send %(limit)s test events a minute. Try again in %(seconds)s s.")
    return Report(
        "warning",
        _("Not sent: too many test events"),
        text % {"limit": MAX_TRIALS, "seconds": wait_seconds},
    )
