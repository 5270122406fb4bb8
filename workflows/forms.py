"""The form with which a workflow is added and edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Brand
from workflows.models import Survey, Workflow
from workflows.selectors.workflows import has_saved_task

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Workflow]
else:
    _ModelForm = forms.ModelForm  # takes no type argument when run


class WorkflowForm(_ModelForm):
    """Name and survey. The survey of a workflow with a saved task stays, and its hint says why."""

    class Meta:
        model = Workflow
        fields = ["name", "survey"]
        labels = {"survey": _("Survey that starts it")}
        help_texts = {"survey": _("Each submission of this survey runs the workflow once.")}

    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        survey = cast("forms.ModelChoiceField[Survey]", self.fields["survey"])
        survey.queryset = brand.surveys.order_by("name", "pk")
        survey.empty_label = _("Choose a survey")
        if self.instance.pk and has_saved_task(self.instance):
            survey.disabled = True
            survey.help_text = _(
                "A saved task uses this survey's fields, so it cannot change. To use another survey, "
                "add a workflow for it."
            )
