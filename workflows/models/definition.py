"""What is sent: a survey's fields, the workflow it triggers, the tasks in it, and their saved revisions."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Brand, RegionChoice, SegmentAccount, Source, User
from workflows.identifiers import new_submit_key
from workflows.mapping.definition import Definition
from workflows.models.fields import WrittenJSONField


class Survey(models.Model):
    """Where answers come from: known fields and a submit address of its own."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="surveys")
    name = models.CharField(_("name"), max_length=100)
    submit_key = models.CharField(max_length=40, unique=True, default=new_submit_key)
    # Origins (scheme://host[:port]) whose pages may post from a browser; one "*" allows every page.
    allowed_origins = WrittenJSONField(_("allowed origins"), default=list, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class FieldKind(models.TextChoices):
    QUESTION = "question", _("Question")
    EMBEDDED = "embedded", _("Embedded data")
    CONTACT = "contact", _("Contact")


class FieldType(models.TextChoices):
    """How the hosted page asks for a field, and what a form's text is turned into (number, boolean)."""

    TEXT = "text", _("Text")
    LONG_TEXT = "long_text", _("Long text")
    EMAIL = "email", _("E-mail")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")
    DATE = "date", _("Date")
    URL = "url", _("Web address")
    JSON = "json", _("List or object")


FIELD_KEY = RegexValidator(
    r"\A[^\s{}|$\"'\\](?:[^{}|$\"\\\r\n]*[^\s{}|$\"'\\])?\Z",
    _("A key has no braces, bars, dollar signs, quotes or backslashes, and no space at either end."),
)


class SurveyField(models.Model):
    """One answer a submission may hold, under `key`."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(_("key"), max_length=100, validators=[FIELD_KEY])
    label = models.CharField(_("label"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind, default=FieldKind.QUESTION)
    type = models.CharField(_("type"), max_length=10, choices=FieldType, default=FieldType.TEXT)
    sample = WrittenJSONField(_("sample value"), null=True, blank=True)
    is_required = models.BooleanField(_("required on the hosted page"), default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "key"], name="field_key_once_a_survey"),
            models.CheckConstraint(condition=Q(kind__in=FieldKind.values), name="field_kind_known"),
            models.CheckConstraint(condition=Q(type__in=FieldType.values), name="field_type_known"),
        ]

    def __str__(self) -> str:
        return self.label or self.key


class SurveySample(models.Model):
    """Answers kept under a name, to preview and test tasks with: a submission that was never received."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="samples")
    name = models.CharField(_("name"), max_length=100)
    answers = WrittenJSONField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["survey", "name"], name="sample_name_once_a_survey")]

    def __str__(self) -> str:
        return self.name


class Workflow(models.Model):
    """What happens when a survey is answered: its Segment tasks, in order, while it is on."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="workflows")
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="workflows")
    name = models.CharField(_("name"), max_length=100)
    is_enabled = models.BooleanField(_("on"), default=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # its runs stay readable

    def __str__(self) -> str:
        return self.name


class EventType(models.TextChoices):
    IDENTIFY = "identify", _("Identify")
    TRACK = "track", _("Track")


class SegmentTask(models.Model):
    """One event per submission. This row is the draft the wizard edits; deliveries follow `current_revision`.

    A step of the wizard is done when its column is filled: account, workspace_id (or a write-key account),
    source, event_type, region; mappings when a revision was saved.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveIntegerField(default=0)
    is_enabled = models.BooleanField(_("on"), default=True)
    account = models.ForeignKey(
        SegmentAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    workspace_id = models.CharField(max_length=100, blank=True)
    workspace_name = models.CharField(max_length=200, blank=True)
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    event_type = models.CharField(_("event type"), max_length=10, choices=EventType, blank=True)
    event_name = models.CharField(_("event name"), max_length=255, blank=True)
    region = models.CharField(_("region"), max_length=10, choices=RegionChoice, blank=True)
    # "Send there anyway": the region contradicts what the account's token proved.
    is_region_forced = models.BooleanField(default=False)
    anonymous_id = models.TextField(_("anonymous ID"), blank=True)
    user_id = models.TextField(_("user ID"), blank=True)
    random_anonymous_id = models.BooleanField(
        _("Generate random anonymous ID if the anonymous and user IDs are empty"), default=False
    )
    rows = WrittenJSONField(default=list, blank=True)  # [Row.to_json()]
    timestamp = models.TextField(_("timestamp"), blank=True)
    context = WrittenJSONField(default=dict, blank=True)  # piped text by name: {"page.url": "${url}"}
    integrations = WrittenJSONField(default=dict, blank=True)  # switches by Segment's name: {"All": true}
    current_revision = models.ForeignKey(
        "TaskRevision", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # its deliveries stay readable

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(event_type__in=["", *EventType.values]), name="task_event_type_known"
            ),
            models.CheckConstraint(
                condition=Q(region__in=["", *RegionChoice.values]), name="task_region_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_type_display()} {self.event_name}".strip()

    @property
    def is_saved(self) -> bool:
        return self.current_revision_id is not None

    def definition(self) -> Definition:
        """The draft as the builder takes it."""
        columns = (
            "event_type", "event_name", "user_id", "anonymous_id", "random_anonymous_id", "rows",
            "timestamp", "context", "integrations",
        )  # fmt: skip
        return Definition.from_json({name: getattr(self, name) for name in columns})


class TaskRevision(models.Model):
    """A saved task as it stood: never changed, so what was sent can always be explained."""

    task = models.ForeignKey(SegmentTask, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = WrittenJSONField()  # Definition.to_json()
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="revisions")
    region = models.CharField(max_length=10, choices=RegionChoice)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="revision_number_once_a_task"),
            models.CheckConstraint(condition=Q(region__in=RegionChoice.values), name="revision_region_known"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} r{self.number}"
