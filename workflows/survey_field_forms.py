"""The fields of a survey as rows of a form: edited, added, moved and removed, with or without JavaScript."""

from __future__ import annotations

import re
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
from workflows.models import FieldKind, FieldType, Survey, SurveyField
from workflows.survey_samples import MOST_FIELDS, Proposal, print_sample
from workflows.survey_services import FieldValues

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[SurveyField]
    _FormSet = BaseFormSet["FieldForm"]
else:
    _ModelForm, _FormSet = forms.ModelForm, BaseFormSet  # take no type argument when run

PREFIX = "fields"
_INPUTS = ("id", "key", "label", "kind", "type", "sample", "is_required", "DELETE")


class FieldForm(_ModelForm):
    """One field. The sample is typed as text and kept as a value of the field's type."""

    id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    sample = forms.CharField(label=_("Sample value"), required=False, max_length=2_000, strip=False)

    class Meta:
        model = SurveyField
        fields = ["key", "label", "kind", "type", "is_required"]
        labels = {"is_required": _("Required")}
        widgets = {
            "key": forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
            "label": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["sample"].widget.attrs["autocomplete"] = "off"

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

    def __init__(
        self, survey: Survey, data: QueryDict | None = None, initial: list[dict[str, Any]] | None = None
    ) -> None:
        self.survey = survey
        self.renderer = get_default_renderer()
        super().__init__(data, initial=initial, prefix=PREFIX)

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: FieldForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")

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

    def read_fields(self) -> list[FieldValues]:
        return [form.read_values() for form in self.live_forms]

    def read_removed_ids(self) -> list[int]:
        removed = (form.cleaned_data.get("id") for form in self.deleted_forms)
        return [field_id for field_id in removed if field_id]


def open_fields(survey: Survey) -> FieldFormSet:
    """The survey's fields as they are stored."""
    rows = [
        {
            "id": field.pk, "key": field.key, "label": field.label, "kind": field.kind, "type": field.type,
            "sample": print_sample(field.sample), "is_required": field.is_required,
        }
        for field in survey.fields.all()
    ]  # fmt: skip
    return FieldFormSet(survey, initial=rows)


def read_rows(data: QueryDict) -> list[dict[str, Any]]:
    """The rows of a sent form as typed, unchecked, each as an initial value for a form."""
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(total), MOST_FIELDS) if re.fullmatch(r"[0-9]{1,4}", total) else 0
    rows = []
    for index in range(count):
        names = {name: f"{PREFIX}-{index}-{name}" for name in _INPUTS}
        rows.append({name: data[sent] for name, sent in names.items() if sent in data})
    return rows


def propose_rows(proposal: Proposal) -> list[dict[str, Any]]:
    """The fields of a sample as further rows: questions at first."""
    return [
        {
            "key": field.key, "label": field.label, "kind": FieldKind.QUESTION, "type": field.type,
            "sample": field.sample_text,
        }
        for field in proposal.fields
    ]  # fmt: skip


def rearrange_rows(survey: Survey, rows: list[dict[str, Any]], action: str) -> tuple[FieldFormSet, str]:
    """`rows` after `action` ("add", "up-<row>", "down-<row>"; others change nothing), and the id to focus."""
    focus = ""
    if action == "add" and len(rows) < MOST_FIELDS:
        rows.append({"kind": FieldKind.QUESTION, "type": FieldType.TEXT})
    if move := re.fullmatch(r"(up|down)-([0-9]{1,4})", action):
        focus = _move(rows, int(move[2]), move[1])
    return FieldFormSet(survey, initial=rows), focus


def focus_row(formset: FieldFormSet, index: int) -> None:
    """Put the focus into that row's key when the form is shown; no such row, no focus."""
    if 0 <= index < len(formset.forms):
        formset.forms[index].fields["key"].widget.attrs["autofocus"] = True


def _move(rows: list[dict[str, Any]], index: int, direction: str) -> str:
    target = index - 1 if direction == "up" else index + 1
    if not (0 <= index < len(rows) and 0 <= target < len(rows)):
        return ""
    rows[index], rows[target] = rows[target], rows[index]
    at_end = target in {0, len(rows) - 1} and len(rows) > 1
    if at_end:
        direction = "down" if target == 0 else "up"  # the other arrow is off there
    return f"field-{target}-{direction}"
