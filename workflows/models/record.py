"""What happened: a submission received, a delivery owed to Segment for it, each attempt to send it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Brand, RegionChoice, Source
from workflows.identifiers import message_id, new_time_ordered_id
from workflows.models.definition import SegmentTask, Survey, TaskRevision, Workflow
from workflows.models.fields import WrittenJSONField


class Submission(models.Model):
    """One received form payload. Its id is time-ordered, so "newest first" is the primary key backwards."""

    id = models.UUIDField(primary_key=True, default=new_time_ordered_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", db_index=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="submissions", db_index=False)
    received_at = models.DateTimeField()
    answers = WrittenJSONField()
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (null is "none given")
    body_digest = models.CharField(max_length=64, blank=True)  # tells a replay from a key used twice
    planned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="submission_idempotent",
            )
        ]
        indexes = [
            models.Index(fields=["brand", "-id"], name="submission_runs"),  # the runs page
            models.Index(
                fields=["survey", "-id"], name="submission_samples"
            ),  # the newest samples of a survey
            # The planner: what was received and not yet planned, oldest first.
            models.Index(fields=["id"], condition=Q(planned_at__isnull=True), name="submission_unplanned"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", _("Pending")  # owed; goes out at next_attempt_at, or is being sent (`Lease`)
    ACCEPTED = "accepted", _("Accepted")  # Segment answered 200
    REJECTED = "rejected", _("Rejected")  # Segment refused it, or would have dropped it unseen
    FAILED = "failed", _("Failed")  # given up after DELIVERY_GIVE_UP_SECONDS of retries
    SKIPPED = "skipped", _("Skipped")  # nothing to send: workflow or task off, or no task


class Delivery(models.Model):
    """One event owed to Segment for a submission and task: body and message id stay the same."""

    id = models.UUIDField(primary_key=True, editable=False)  # workflows.identifiers.delivery_id
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", db_index=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="deliveries")
    workflow = models.ForeignKey(
        Workflow, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    task = models.ForeignKey(
        SegmentTask, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    revision = models.ForeignKey(
        TaskRevision, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    region = models.CharField(max_length=10, choices=RegionChoice, blank=True)
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    # Why it is rejected, failed or skipped, or waits: a code and its parameters, worded by workflows.reasons.
    reason = models.CharField(max_length=40, blank=True)
    reason_params = WrittenJSONField(default=dict, blank=True)
    body = models.TextField(blank=True)  # the event's JSON as sent, without sentAt
    attempt_count = models.PositiveIntegerField(default=0)
    # The keys of its attempts, first to last, a blank after each. Thousands of deliveries share one, and this
    # is written with their new status; rows between them would cost as much again.
    attempt_keys = models.TextField(blank=True)
    next_attempt_at = models.DateTimeField()
    give_up_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=Q(region__in=["", *RegionChoice.values]), name="delivery_region_known"
            ),
        ]
        indexes = [
            # The worker's claim: what is owed to a source and due, oldest first.
            models.Index(
                fields=["source", "next_attempt_at", "submission"],
                condition=Q(status="pending"),
                name="delivery_due",
            ),
            # The runs page by status, by workflow, and by both; a submission's id is time-ordered.
            models.Index(fields=["brand", "status", "-submission"], name="delivery_by_status"),
            models.Index(fields=["workflow", "-submission"], name="delivery_by_workflow"),
            models.Index(fields=["workflow", "status", "-submission"], name="delivery_by_both"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def message_id(self) -> str:
        return message_id(self.id)

    @property
    def attempt_ids(self) -> list[int]:
        """Keys of `Attempt`, first to last."""
        return [int(key) for key in self.attempt_keys.split()]

    @property
    def can_send_again(self) -> bool:
        return self.status in {DeliveryStatus.REJECTED, DeliveryStatus.FAILED}


class Lease(models.Model):
    """Deliveries of one source that a worker is sending: until it has recorded them all, nobody else may.

    One row however many they are, so that a claim rewrites none of theirs. It is gone when the last of them
    is recorded or given back. A row that is there after `expires_at` is of a worker that died or hung.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    owner = models.CharField(max_length=64)  # workflows.delivery.owners
    expires_at = models.DateTimeField()
    delivery_ids = models.TextField()  # a JSON array of 32 hex digits each
    unrecorded = models.PositiveIntegerField()  # how many of them

    def __str__(self) -> str:
        return f"{self.owner}: {self.unrecorded} of source {self.source_id}"


class AttemptOutcome(models.TextChoices):
    """The values are those of `segment.tracking.Outcome`."""

    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    RATE_LIMITED = "rate_limited", _("Rate-limited")
    RETRY = "retry", _("No answer or a server error")


class Attempt(models.Model):
    """One request to Segment: a try to send each of the `batch_size` deliveries that name it.

    It stays when they go, until no submission is as old (`workflows.retention`).
    """

    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=AttemptOutcome)
    status_code = models.PositiveIntegerField(null=True, blank=True)  # none: no answer came
    answer = models.CharField(max_length=2000, blank=True)  # Segment's words, write keys masked
    batch_size = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=AttemptOutcome.values), name="attempt_outcome_known"
            )
        ]
        indexes = [models.Index(fields=["started_at"], name="attempt_age")]  # retention

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.outcome}"


# By how much hosts' clocks may differ; what lies further ahead is from before a clock was put back.
CLOCK_TOLERANCE = timedelta(seconds=60)


class Breaker(models.TextChoices):
    CLOSED = "closed", _("Sending")  # events flow
    OPEN = "open", _("Waiting")  # nothing is sent before held_until
    HALF_OPEN = "half_open", _("Trying again")  # a few events are sent to find out


class SourceState(models.Model):
    """How sending to a source goes: its circuit breaker, one for all workers. No row, no trouble yet.

    Closed (no failures): events flow. Open: nothing is sent before `held_until`. Half-open, from then on: one
    worker probes with a few events; an answer closes it, more trouble opens it again for longer.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="state")
    failures = models.PositiveIntegerField(default=0)  # requests in a row that ended in trouble
    held_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)  # worded by workflows.reasons
    status_code = models.PositiveIntegerField(null=True, blank=True)  # none: no answer came
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"source {self.source_id}: {self.failures} failures"

    def breaker(self, now: datetime) -> Breaker:
        if not self.failures:
            return Breaker.CLOSED
        is_held = self.held_until is not None and self.held_until > now
        return Breaker.OPEN if is_held and self.changed_at <= now + CLOCK_TOLERANCE else Breaker.HALF_OPEN


class DrainCall(models.Model):
    """Workers were asked through the broker to drain this source, and none has begun (Celery only)."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()  # by the database's clock

    def __str__(self) -> str:
        return f"source {self.source_id}"


class WorkerKind(models.TextChoices):
    PROCESS = "process", _("Worker process")  # manage.py run_worker
    CELERY = "celery", _("Celery worker")


class WorkerBeat(models.Model):
    """A worker's sign of life, for /healthz."""

    name = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10, choices=WorkerKind, default=WorkerKind.PROCESS)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WorkerKind.values), name="worker_kind_known")
        ]

    def __str__(self) -> str:
        return self.name
