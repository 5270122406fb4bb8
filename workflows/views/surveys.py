"""The pages of surveys: the list, adding, editing with all its fields, samples, deleting."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.web import BrandRequest, render_page_or_partial
from workflows.models import Survey
from workflows.selectors.surveys import MOST_COUNTED, listed_surveys, tasks_missing_fields, workflows_using
from workflows.services import surveys as survey_services
from workflows.surveys.examples import write_curl_example
from workflows.surveys.field_forms import FieldFormSet
from workflows.surveys.forms import SampleForm, SurveyAddForm, SurveyForm, count_text
from workflows.surveys.rows import (
    FieldRow,
    add_proposed_rows,
    add_row,
    move_row,
    open_rows,
    read_rows,
    show_rows,
)

PAGE_SIZE = 50


@require_safe
def survey_list(request: BrandRequest) -> HttpResponse:
    """All surveys of the brand by name."""
    search = request.GET.get("q", "").strip().replace("\0", "")
    page = Paginator(listed_surveys(request.user.brand, search), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "surveys",
        "page": page,
        "search": search,
        "most_counted": MOST_COUNTED,
        "has_search": search or page.paginator.num_pages > 1,
    }
    return render(request, "surveys/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def survey_add(request: BrandRequest) -> HttpResponse:
    """A new survey, with the fields of a sample where one is pasted."""
    form = SurveyAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        proposed = form.proposal.fields if form.proposal else ()
        survey = survey_services.add_survey(request.user, form.cleaned_data["name"], proposed)
        messages.success(request, _("Survey added. Its form and its submit address work from now on."))
        return redirect("survey_detail", survey.pk)
    return render(request, "surveys/add.html", {"nav": "surveys", "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def survey_detail(request: BrandRequest, survey_id: int) -> HttpResponse:
    """The survey with its fields; a POST saves all of it, or changes rows without saving them."""
    survey = get_object_or_404(Survey, pk=survey_id, brand=request.user.brand)
    if request.method != "POST":
        return _render_detail(request, survey, SurveyForm(instance=survey), show_rows(open_rows(survey)))
    action = request.POST.get("action", "save")
    if action != "save":
        return _change_rows(request, survey, action)
    form = SurveyForm(request.POST, instance=survey)
    formset = FieldFormSet(survey, request.POST)
    if form.is_valid() and formset.is_valid():
        survey_services.save_survey(survey, formset.read_fields(), formset.read_removed_ids())
        messages.success(request, _("Survey saved."))
        if request.POST.get("sample", "").strip():
            messages.warning(request, _("The pasted sample was not used: first show what it adds."))
        return redirect("survey_detail", survey.pk)
    survey.refresh_from_db()  # the form wrote what was typed on it, and the heading shows what is stored
    rows = show_rows(read_rows(request.POST), formset.read_errors())
    context = {"has_errors": True, "rows_errors": formset.non_form_errors()}
    return _render_detail(request, survey, form, rows, context=context)


def _change_rows(request: BrandRequest, survey: Survey, action: str) -> HttpResponse:
    rows = read_rows(request.POST)
    sample = None
    if action in {"show-sample", "add-sample"}:
        sample = SampleForm(request.POST, existing=frozenset(str(row.get("key", "")) for row in rows))
    if action == "add-sample" and sample and sample.is_valid() and sample.proposal:
        focus = add_proposed_rows(rows, sample.proposal)
        sample = SampleForm()
    else:
        focus = add_row(rows) if action == "add" else move_row(rows, action)
    initial = {"name": request.POST.get("name", ""), "origins": request.POST.get("origins", "")}
    form = SurveyForm(instance=survey, initial=initial)
    context = {"focus": focus, "is_unsaved": True}
    return _render_detail(request, survey, form, show_rows(rows), sample=sample, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
def survey_delete(request: BrandRequest, survey_id: int) -> HttpResponse:
    """Ask, then delete; refused while workflows use the survey or its events are still on their way."""
    survey = get_object_or_404(Survey, pk=survey_id, brand=request.user.brand)
    if request.method == "POST":
        try:
            survey_services.delete_survey(survey)
        except survey_services.SurveyInUseError:
            messages.error(request, _("Workflows use this survey. Delete them first."))
        except survey_services.SurveyBusyError:
            messages.error(request, _("Events of this survey are still on their way. Try again later."))
        else:
            messages.success(request, _("Survey deleted."))
            return redirect("survey_list")
    counted = listed_surveys(request.user.brand).get(pk=survey.pk)
    context = {
        "nav": "surveys",
        "survey": counted,
        "workflows": workflows_using(survey),
        "most_counted": MOST_COUNTED,
    }
    return render(request, "surveys/delete.html", context)


def _render_detail(
    request: HttpRequest,
    survey: Survey,
    form: SurveyForm,
    rows: list[FieldRow],
    sample: SampleForm | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    fields = list(survey.fields.all())
    sample = sample or SampleForm(initial={"sample": request.POST.get("sample", "")})
    proposal = sample.proposal if sample.is_valid() else None
    shown = {
        "nav": "surveys",
        "survey": survey,
        "form": form,
        "rows": rows,
        "sample_form": sample,
        "proposal": proposal,
        "proposal_label": count_text(proposal) if proposal else "",
        "submit_url": settings.PUBLIC_URL + reverse("submit", args=[survey.submit_key]),
        "hosted_url": settings.PUBLIC_URL + reverse("hosted_survey", args=[survey.submit_key]),
        "curl_example": write_curl_example(survey, fields),
        "workflows": workflows_using(survey),
        "missing": tasks_missing_fields(survey, [field.key for field in fields]),
    }
    partial = "surveys/_fields.html"
    return render_page_or_partial(request, "surveys/detail.html", partial, shown | (context or {}))
