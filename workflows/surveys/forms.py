"""The forms of a survey: its name and allowed origins, and the sample that fields are taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from workflows.intake.refusals import Refused
from workflows.models import Survey
from workflows.surveys.origins import read_origins
from workflows.surveys.samples import Proposal, propose_fields

if TYPE_CHECKING:
    _SurveyModelForm = forms.ModelForm[Survey]
else:
    _SurveyModelForm = forms.ModelForm  # takes no type argument when run

_BOX = {"rows": 6, "class": "mono", "spellcheck": "false", "autocomplete": "off"}


class SampleForm(forms.Form):
    """A pasted sample submission; `proposal` is what it would add. What was pasted stays on an error."""

    sample = forms.CharField(
        label=_("Sample submission"),
        help_text=_(
            "Paste what a form or webhook sends: a JSON object, or a form body such as name=Ada&score=9."
        ),
        max_length=256 * 1024,
        strip=False,
        widget=forms.Textarea(attrs=_BOX),
    )

    def __init__(self, *args: Any, existing: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.existing = existing
        self.proposal: Proposal | None = None

    def clean_sample(self) -> str:
        text: str = self.cleaned_data["sample"]
        if text.strip():
            try:
                self.proposal = propose_fields(text, self.existing)
            except Refused as refused:
                raise ValidationError(refused.message) from None
        return text


class SurveyAddForm(SampleForm):
    """A new survey: its name, and its fields where a sample is at hand."""

    name = forms.CharField(label=_("Name"), max_length=100)
    field_order = ["name", "sample"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sample"].required = False
        self.fields["sample"].label = _("Sample submission (optional)")


class SurveyForm(_SurveyModelForm):
    """The survey's own columns; the origins are typed one a line."""

    origins = forms.CharField(
        label=_("Allowed origins"),
        help_text=_(
            "Websites whose pages may send answers from a browser, one a line, such as "
            "https://www.example.com. A single * allows every website. The hosted form, servers and "
            "webhooks need no entry."
        ),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs=_BOX | {"rows": 3}),
    )

    class Meta:
        model = Survey
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origins"].initial = "\n".join(self.instance.allowed_origins)

    def clean_origins(self) -> list[str]:
        return read_origins(self.cleaned_data["origins"])

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "origins" in self.cleaned_data:
            self.instance.allowed_origins = self.cleaned_data["origins"]


def count_text(proposal: Proposal) -> str:
    """The label of the button that takes a sample's fields over."""
    count = len(proposal.fields)
    return ngettext("Add %(count)d field", "Add %(count)d fields", count) % {"count": count}
