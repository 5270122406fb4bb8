"""A survey's hosted page: its fields as a form that anyone with the address can answer.

Embedded data comes from the page's own address: `/s/<key>/?plan=pro` sends `plan` along, unseen. Only fields
of the survey are taken from there.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from workflows.models import FieldKind, FieldType, Survey, SurveyField

_INPUT_TYPES = {
    FieldType.EMAIL: "email",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.URL: "url",
}
# What browsers can fill in (WCAG 2.2, 1.3.5), by the field's key without case and signs.
_AUTOCOMPLETE = {
    "name": "name", "fullname": "name", "firstname": "given-name", "givenname": "given-name",
    "lastname": "family-name", "familyname": "family-name", "surname": "family-name", "email": "email",
    "emailaddress": "email", "mail": "email", "phone": "tel", "phonenumber": "tel", "tel": "tel",
    "mobile": "tel", "company": "organization", "companyname": "organization", "organization": "organization",
    "jobtitle": "organization-title", "city": "address-level2", "country": "country-name",
    "postalcode": "postal-code", "zip": "postal-code", "zipcode": "postal-code", "birthday": "bday",
    "birthdate": "bday", "website": "url",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One visible field. `widget` is "input", "textarea" or "checkbox"; `id` is safe in HTML."""

    id: str
    name: str
    label: str
    widget: str
    input_type: str
    autocomplete: str
    is_required: bool
    is_json: bool


@login_not_required
@require_safe
def hosted_survey(request: HttpRequest, survey_key: str) -> HttpResponse:
    """The form; every visit has its own submission key, so that a double click or a reload counts once."""
    found = Survey.objects.filter(submit_key=survey_key) if "\0" not in survey_key else Survey.objects.none()
    survey = get_object_or_404(found)
    fields = list(survey.fields.all())
    context = {
        "survey": survey,
        "questions": [describe_question(field) for field in fields if field.kind != FieldKind.EMBEDDED],
        "embedded": read_embedded(request, fields),
        "submission_key": secrets.token_urlsafe(16),
    }
    response = render(request, "surveys/hosted.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response


def describe_question(field: SurveyField) -> Question:
    """How the page asks for `field`."""
    widgets = {
        FieldType.LONG_TEXT: "textarea",
        FieldType.JSON: "textarea",
        FieldType.BOOLEAN: "checkbox",
    }
    is_email = field.type == FieldType.EMAIL
    autocomplete = "email" if is_email else _AUTOCOMPLETE.get(re.sub(r"[\W_]", "", field.key).lower(), "")
    field_type = FieldType(field.type)
    return Question(
        id=f"q{field.pk}",
        name=field.key,
        label=field.label or field.key,
        widget=widgets.get(field_type, "input"),
        input_type="tel" if autocomplete == "tel" else _INPUT_TYPES.get(field_type, "text"),
        autocomplete=autocomplete,
        is_required=field.is_required,
        is_json=field_type == FieldType.JSON,
    )


def read_embedded(request: HttpRequest, fields: list[SurveyField]) -> list[tuple[str, str]]:
    """Each embedded field with each of its values in the page's address; none where it is not there."""
    keys = [field.key for field in fields if field.kind == FieldKind.EMBEDDED]
    return [(key, value) for key in keys for value in request.GET.getlist(key)]
