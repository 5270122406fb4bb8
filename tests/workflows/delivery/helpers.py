"""A demo workflow whose events the sandbox takes, and the outbox's steps one by one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Brand, Source
from accounts.secrets import write_key_digest
from segment.regions import RegionKey
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import ACME, write_key
from segment.tracking import TRACKING_TIMEOUTS, TrackingApi
from segment.transport import Timeouts
from tests import factories
from tests.segment.helpers import records
from workflows.delivery import outbox
from workflows.delivery.plan import plan_submissions
from workflows.delivery.wake import announce
from workflows.models import Attempt, Delivery, SegmentTask, SourceState, Submission, Survey

SHORT = Timeouts(connect_seconds=1.0, read_seconds=0.3)


def make_source(brand: Brand, slug: str = "website") -> Source:
    """A source that the sandbox knows: one of the workspace Acme in Oregon."""
    return factories.make_source(brand, write_key=write_key(ACME.slug, slug), slug=slug, name=slug)


def make_survey_with_task(slug: str = "website", **columns: Any) -> tuple[Survey, SegmentTask]:
    survey = factories.make_survey(factories.make_brand())
    task = factories.make_task(factories.make_workflow(survey), make_source(survey.brand, slug), **columns)
    return survey, task


def submit(survey: Survey, count: int = 1, **answers: Any) -> list[Submission]:
    """Submissions with the user ids user-1, user-2, … in the order received, announced as by the endpoint."""
    submissions = [
        factories.make_submission(survey, {"email": f"user-{number}", "name": "Ada", **answers})
        for number in range(1, count + 1)
    ]
    announce()
    return submissions


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """First to last."""
    return [Attempt.objects.get(pk=key) for key in delivery.attempt_ids]


def send_all(
    owner: str = "w1", timeouts: Timeouts = TRACKING_TIMEOUTS, now: datetime | None = None
) -> Counter[str]:
    """Plan, claim, send and record what is due, once."""
    plan_submissions(10_000)
    return send_claimed(owner, outbox.claim(owner, 10_000, now=now), timeouts, now)


def send_claimed(
    owner: str,
    claimed: list[outbox.Claimed],
    timeouts: Timeouts = TRACKING_TIMEOUTS,
    now: datetime | None = None,
) -> Counter[str]:
    reports = []
    for batch in outbox.group(claimed):
        url = settings.SEGMENT_ENDPOINTS[RegionKey(batch.region)].tracking_url
        with TrackingApi(url, timeouts=timeouts) as api:
            reports.append(outbox.send(batch, outbox.read_write_key(batch.source_id), api))
    return outbox.record(owner, reports, now)


def reread(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def make_due() -> None:
    """Skip the wait of all that is pending, and of the sources that rest."""
    SourceState.objects.update(held_until=None)
    Delivery.objects.filter(status="pending").update(next_attempt_at=timezone.now())


def received(sandbox: RunningSandbox) -> list[tuple[str, str]]:
    """Verdict and user id of each event, in the order they came in."""
    return [(record["verdict"], record["event"].get("userId", "")) for record in records(sandbox)]


def change_write_key(source: Source, key: str) -> None:
    Source.objects.filter(pk=source.pk).update(write_key=key, write_key_digest=write_key_digest(key))
