"""Checking the fields of a survey when it is saved; `survey_rows` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.forms.renderers import get_default_renderer
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from workflows.intake.field_types import read_text
from workflows.intake.refusals import Refused
from workflows.intake.sound import require_sound
from workflows.models import Survey, SurveyField
from workflows.services.surveys import FieldValues
from workflows.surveys.rows import PREFIX
from workflows.surveys.samples import MOST_FIELDS

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[SurveyField]
    _FormSet = BaseFormSet["FieldForm"]
else:
    _ModelForm, _FormSet = forms.ModelForm, BaseFormSet  # take no type argument when run


class FieldForm(_ModelForm):
    """One field. The sample is typed as text and kept as a value of the field's type."""

    id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    sample = forms.CharField(required=False, max_length=2_000, strip=False)

    class Meta:
        model = SurveyField
        fields = ["key", "label", "kind", "type", "is_required"]

    def clean_sample(self) -> Any:
        value = read_text(self.cleaned_data["sample"], self.data.get(self.add_prefix("type"), ""))
        try:
            return require_sound({"": value})[""]
        except Refused as refused:
            raise ValidationError(refused.message) from None

    def read_values(self) -> FieldValues:
        """The field as typed; only for a valid form."""
        data = self.cleaned_data
        sample = None if data["sample"] == "" else data["sample"]
        kept = {name: data[name] for name in ("id", "key", "label", "kind", "type", "is_required")}
        return FieldValues(sample=sample, **kept)


class FieldFormSet(_FormSet):
    """A survey's fields in the order of the rows. Untouched new rows do not count."""

    # What `formset_factory` would set, on a class that types can see.
    form = FieldForm
    extra = min_num = 0
    max_num = MOST_FIELDS
    absolute_max = MOST_FIELDS + 100
    can_delete = can_delete_extra = validate_max = True
    can_order = validate_min = False

    def __init__(self, survey: Survey, data: QueryDict) -> None:
        self.survey = survey
        self.renderer = get_default_renderer()
        super().__init__(data, prefix=PREFIX)

    def initial_form_count(self) -> int:
        return 0  # so that a new row may be left empty, wherever it was moved

    def clean(self) -> None:
        """Two fields of a survey have different keys; the second one bears the message."""
        rows = [form for form in self.live_forms if form.cleaned_data.get("key")]
        ids = [form.cleaned_data["id"] for form in self.forms if form.cleaned_data.get("id")]
        seen = set(self.survey.fields.exclude(pk__in=ids).values_list("key", flat=True))
        for form in rows:
            key = form.cleaned_data["key"]
            if key in seen:
                form.add_error("key", _("Another field has this key."))
            seen.add(key)

    @property
    def live_forms(self) -> list[FieldForm]:
        """The rows that count: filled in and not to be removed."""
        return [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]

    def read_errors(self) -> list[dict[str, str]]:
        """The messages of each row by input; "__all__" for the row's own."""
        return [
            {name: " ".join(map(str, messages)) for name, messages in form.errors.items()}
            for form in self.forms
        ]

    def read_fields(self) -> list[FieldValues]:
        return [form.read_values() for form in self.live_forms]

    def read_removed_ids(self) -> list[int]:
        removed = (form.cleaned_data.get("id") for form in self.deleted_forms)
        return [field_id for field_id in removed if field_id]
