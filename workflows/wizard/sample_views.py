"""Keeping the JSON in the editor as a named sample, and deleting one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.web import BrandRequest
from workflows.models import SegmentTask
from workflows.selectors.samples import sample_of
from workflows.selectors.tasks import mapping_fields
from workflows.services.samples import (
    MAX_SAMPLES,
    SampleNameTakenError,
    TooManySamplesError,
    delete_sample,
    save_sample,
)
from workflows.wizard.kept_sample import keep_edited
from workflows.wizard.mapping_pages import preview_form, read_form, render_mappings
from workflows.wizard.pages import SeeOther, find_task
from workflows.wizard.samples import (
    TYPED,
    Wanted,
    find_sample,
    make_editor,
    named_id,
    print_answers,
    read_wanted,
    sample_groups,
    sample_key,
)
from workflows.wizard.steps import is_reachable, step_url
from workflows.wizard.tools import back_to_mappings


class SampleForm(forms.Form):
    """The name to keep a sample under."""

    sample_name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Type a name for the sample.")}
    )


@require_http_methods(["GET", "POST"])
def task_sample_save(request: BrandRequest, task_id: int) -> HttpResponse:
    """Keep the JSON as it stands in the editor; what cannot be kept stays there, with the reason."""
    task = find_task(request, task_id)
    if request.method != "POST":
        return back_to_mappings(task)
    wanted = _read_text(request)
    name_form = SampleForm(request.POST)
    sample = find_sample(task.workflow.survey_id, wanted, mapping_fields(task.workflow.survey_id))
    name_error = " ".join(str(error) for error in name_form["sample_name"].errors)
    if name_error or sample.problem:
        return _show(request, task, wanted, name_error=name_error)
    name = name_form.cleaned_data["sample_name"]
    try:
        kept = save_sample(
            task.workflow.survey_id, name, dict(sample.data.answers), request.user, named_id(wanted.base)
        )
    except (SampleNameTakenError, TooManySamplesError) as refused:
        return _show(request, task, wanted, name_error=_explain(refused, name))
    saved = Wanted(sample_key(kept))
    keep_edited(request, task, saved)
    return _show(request, task, saved, done=_("Saved as “%(name)s”.") % {"name": name})


@require_http_methods(["GET", "POST"])
def task_sample_delete(request: BrandRequest, task_id: int) -> HttpResponse:
    """Delete the named sample that is shown. Its JSON stays in the editor, to be kept again if need be."""
    task = find_task(request, task_id)
    if request.method != "POST":
        return back_to_mappings(task)
    sample_id = named_id(request.POST.get("sample_base", ""))
    sample = sample_of(task.workflow.survey_id, sample_id) if sample_id is not None else None
    if sample is None:
        raise Http404
    text = request.POST.get("sample_json", print_answers(sample.answers))
    delete_sample(sample)
    done = _("Deleted the sample “%(name)s”. Its JSON is still here, to be saved again.")
    return _show(
        request,
        task,
        Wanted(TYPED, text),
        done=done % {"name": sample.name},
        name=sample.name,
        is_deleted=True,
    )


def _read_text(request: BrandRequest) -> Wanted:
    """The text in the editor, edited or not."""
    if "sample_json" not in request.POST:
        return read_wanted(request.POST)
    return Wanted(TYPED, request.POST["sample_json"], request.POST.get("sample_base", ""))


def _explain(refused: Exception, name: str) -> str:
    if isinstance(refused, SampleNameTakenError):
        text = _("The survey has a sample “%(name)s” already. Choose another name, or delete that one first.")
        return text % {"name": name}
    return _("A survey has at most %(limit)s samples. Delete one first.") % {"limit": MAX_SAMPLES}


def _show(
    request: BrandRequest, task: SegmentTask, wanted: Wanted, name: str | None = None, **context: Any
) -> HttpResponse:
    """The samples and the preview for htmx; else the whole page, with the mapping as it was typed."""
    form = read_form(request, task)
    context["name"] = request.POST.get("sample_name", "") if name is None else name
    context["is_editor_open"] = True
    if request.htmx:
        preview = preview_form(task, form, wanted)
        survey_id = task.workflow.survey_id
        context |= {"task": task, "step": "mappings", "preview": preview, "is_result": True}
        context |= {
            "sample_groups": sample_groups(survey_id, preview.sample, has_editor=True),
            "editor": make_editor(preview.sample),
        }
        return render(request, "wizard/_samples.html", context)
    if not is_reachable(task, "mappings"):
        return SeeOther(step_url(task, "mappings"))
    return render_mappings(request, task, form, wanted=wanted, **context)
