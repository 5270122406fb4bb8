"""The forms of the first five steps, each over its own columns of the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import RegionChoice, SegmentAccount, User
from accounts.selectors import accounts_usable_by
from segment.limits import MAX_SOURCE_SLUG, is_source_slug
from workflows.models import EventType, SegmentTask

if TYPE_CHECKING:
    TaskForm = forms.ModelForm[SegmentTask]
else:
    TaskForm = forms.ModelForm  # takes no type argument when run

PLAIN_INPUT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class AccountStepForm(TaskForm):
    """An account that `user` may use, or the one that is chosen already."""

    class Meta:
        model = SegmentTask
        fields = ["account"]
        error_messages = {
            "account": {
                "required": gettext_lazy("Choose an account."),
                "invalid_choice": gettext_lazy("You may not use this account. Choose one from the list."),
            }
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        field.required = True
        accounts = accounts_usable_by(user)
        if self.instance.account_id is not None:
            accounts |= SegmentAccount.objects.filter(pk=self.instance.account_id, brand_id=user.brand_id)
        field.queryset = accounts.select_related("owner")


class WorkspaceStepForm(TaskForm):
    """Nothing to fill in: a token has one workspace, and a write key none that Segment would name."""

    class Meta:
        model = SegmentTask
        fields: list[str] = []


class SourceStepForm(TaskForm):
    """The source by Segment's id; the view fetches it with the account's token."""

    segment_id = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Choose a source, or create one.")}
    )

    class Meta:
        model = SegmentTask
        fields: list[str] = []


class SourceNameForm(forms.Form):
    """The name of a source to be created, by Segment's rule."""

    slug = forms.CharField(
        label=gettext_lazy("Name of the new source"),
        error_messages={"required": gettext_lazy("Type a name for the source.")},
        widget=forms.TextInput(attrs=PLAIN_INPUT),
    )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if is_source_slug(slug):
            return slug
        raise ValidationError(
            _(
                "Use lower-case letters, digits, periods, dashes and underscores only, at most %(limit)s "
                "characters."
            )
            % {"limit": MAX_SOURCE_SLUG},
            code="slug",
        )


class EventStepForm(TaskForm):
    """Identify, or track with a name. A name typed for track is kept while identify is chosen."""

    class Meta:
        model = SegmentTask
        fields = ["event_type", "event_name"]
        widgets = {
            "event_type": forms.RadioSelect,
            "event_name": forms.TextInput(attrs={"list": "event-names", "autocomplete": "off"}),
        }
        error_messages = {"event_type": {"required": gettext_lazy("Choose identify or track.")}}
        help_texts = {
            "event_name": gettext_lazy(
                "What happened, the same for every submission: an object and a past action in title case, "
                "such as “Survey Completed”."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["event_type"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.required = True
        field.choices = list(EventType.choices)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        name = values.get("event_name", "")
        if values.get("event_type") != EventType.TRACK or "event_name" in self.errors:
            return values
        if not name:
            self.add_error("event_name", _("Type the event’s name, such as “Survey Completed”."))
        elif "${" in name:
            self.add_error(
                "event_name",
                _("An event’s name is the same for every submission. Send the answer as a field instead."),
            )
        return values


class RegionStepForm(TaskForm):
    """Oregon unless *Select an alternative region* is on.

    A region that contradicts what the account's token proved needs *Send there anyway*. A write key proves
    nothing, so nothing contradicts it.
    """

    is_alternative = forms.BooleanField(label=gettext_lazy("Select an alternative region"), required=False)

    class Meta:
        model = SegmentTask
        fields = ["region", "is_region_forced"]
        labels = {"is_region_forced": gettext_lazy("Send there anyway")}
        widgets = {"region": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.instance.account
        chosen = self.instance.region or (account.region if account else RegionChoice.OREGON)
        self.proved = RegionChoice(account.region) if account and account.has_token else None
        self.initial["is_alternative"] = chosen != RegionChoice.OREGON
        self.initial["region"] = RegionChoice.DUBLIN
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.required = False
        field.choices = [(RegionChoice.DUBLIN.value, RegionChoice.DUBLIN.label)]

    @property
    def shows_force(self) -> bool:
        """Whether *Send there anyway* is on the page: only where there is something to insist on."""
        return self.instance.is_region_forced or self.has_error("is_region_forced")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("is_alternative") and not values.get("region"):
            self.add_error("region", _("Choose the region."))
            return values
        if not values.get("is_alternative"):
            values["region"] = RegionChoice.OREGON.value
        contradicts = self.proved is not None and values.get("region") != self.proved
        if contradicts and not values.get("is_region_forced"):
            self.add_error("is_region_forced", ValidationError(self._contradiction(values), code="region"))
        values["is_region_forced"] = contradicts
        return values

    def _contradiction(self, values: dict[str, Any]) -> str:
        assert self.proved is not None  # noqa: S101 (for the type checker)
        return _(
            "The account’s token belongs to a workspace in %(proved)s, and Segment drops events that are "
            "sent to another region without saying so. Keep %(proved)s; or tick “Send there anyway” if you "
            "know that this workspace takes events in %(chosen)s, as some older Oregon workspaces do."
        ) % {"proved": self.proved.label, "chosen": RegionChoice(values["region"]).label}
