from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Source
from segment.sandbox import RunningSandbox
from tests import factories
from tests.segment.helpers import add_fault
from tests.workflows.delivery.helpers import make_due, make_survey_with_task, send_all, submit
from workflows.delivery import outbox, plan
from workflows.delivery.again import send_again
from workflows.delivery.plan import plan_submissions
from workflows.metrics import breakers, catalogue
from workflows.metrics.catalogue import Metric
from workflows.metrics.page import write_page
from workflows.models import Delivery, SourceState, Submission, WorkerBeat

pytestmark = pytest.mark.django_db


def read(*prefixes: str) -> dict[str, float]:
    """Samples of these metrics that are not 0, as `name label`."""
    return {
        " ".join([sample.name.removeprefix("tributary_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(write_page("1.2.3"))
        for sample in family.samples
        if sample.value and sample.name.startswith(tuple(f"tributary_{prefix}" for prefix in prefixes))
    }


def test_the_names_of_all_metrics() -> None:
    families = {family.name: family.type for family in text_string_to_metric_families(write_page("1.2.3"))}
    metrics = [metric for metric in vars(catalogue).values() if isinstance(metric, Metric)]
    assert families == {f"tributary_{metric.name.removesuffix('_total')}": metric.kind for metric in metrics}


def test_the_version_backlog_and_workers() -> None:
    survey, _ = make_survey_with_task()
    now = timezone.now()
    factories.make_submission(survey, received_at=now - timedelta(seconds=90))
    for name, kind, seconds in [
        ("1", "process", 1),
        ("2", "celery", 2),
        ("3", "celery", 3),
        ("4", "celery", 99),
    ]:
        beat_at = now - timedelta(seconds=seconds)
        WorkerBeat.objects.create(name=name, kind=kind, started_at=now, beat_at=beat_at)
    workers = {"workers process": 1, "workers celery": 2}
    samples = read("build", "backlog", "worker")
    assert 90 <= samples.pop("backlog_oldest_seconds") < 120
    assert samples == {"build_info 1.2.3": 1, "backlog_pending": 1, "worker_alive": 1, **workers}


def test_what_planning_sending_and_recording_count(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    factories.make_submission(survey, {"name": "nobody"})  # has no id, so its event is rejected unsent
    factories.make_submission(factories.make_survey(survey.brand))  # has no task
    add_fault(sandbox, kind="status", status=503, times=1)
    send_all()
    make_due()
    send_all()
    latency = "submit_to_accepted_seconds_count"
    samples = read("deliveries", "retries", "segment_requests", "batch_events", latency)
    assert samples == {
        "deliveries_total accepted": 2,
        "deliveries_total rejected": 1,
        "deliveries_total skipped": 1,
        "retries_total segment_error": 2,
        "segment_requests_total error": 1,
        "segment_requests_total accepted": 1,
        **{f"batch_events_bucket {bound}": 2 for bound in ("5", "25", "100", "250", "500", "1000", "2500")},
        "batch_events_bucket +Inf": 2,
        "batch_events_count": 2,
        "batch_events_sum": 4,
        latency: 2,
    }


def test_counters_do_not_fall_when_the_record_is_pruned(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    send_all()
    before = read("deliveries", "segment_requests")
    Submission.objects.all().delete()
    assert before == {"deliveries_total accepted": 2, "segment_requests_total accepted": 1}
    assert read("deliveries", "segment_requests") == before


def test_a_lease_that_ran_out_is_counted() -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    plan_submissions(3)
    outbox.claim("w1", 2)
    outbox.give_back_expired()
    assert read("leases") == {}
    outbox.give_back_expired(timezone.now() + timedelta(hours=1))
    assert read("leases") == {"leases_expired_total": 2}


def test_sources_in_trouble_are_shown_by_id_and_never_by_name() -> None:
    now = timezone.now()
    brand = factories.make_brand("Hidden Brand")
    for failures, seconds in [(0, 60), (7, 60), (3, -60), (1, 60)]:
        source = factories.make_source(brand, name="hidden-source", workspace_name="Hidden Space")
        held_until = now + timedelta(seconds=seconds)
        SourceState.objects.create(source=source, failures=failures, held_until=held_until, changed_at=now)
    well, worst, tried, new = Source.objects.order_by("pk").values_list("pk", flat=True)
    assert read("breaker") == {
        "breakers open": 2,
        "breakers half_open": 1,
        f"breaker_failures {worst}": 7,
        f"breaker_failures {tried}": 3,
        f"breaker_failures {new}": 1,
    }
    assert str(well) not in [name.split()[-1] for name in read("breaker_failures")]
    assert "hidden" not in write_page("1.2.3").lower()


def test_many_sources_in_trouble_are_few_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "SOURCES_SHOWN", 2)
    brand = factories.make_brand()
    for failures in (1, 4, 2, 3):
        source = factories.make_source(brand)
        SourceState.objects.create(source=source, failures=failures, changed_at=timezone.now())
    assert sorted(read("breaker_failures").values()) == [3, 3, 4]
    assert read("breaker_failures")["breaker_failures other"] == 1 + 2


def test_what_is_rejected_again_counts_again() -> None:
    survey, task = make_survey_with_task()
    factories.make_submission(survey, {"name": "nobody"})
    plan_submissions(1)
    user = factories.make_user(survey.brand)
    assert not send_again(Delivery.objects.get(), user).is_queued
    assert read("deliveries") == {"deliveries_total rejected": 2}


def test_what_two_workers_plan_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    survey, _ = make_survey_with_task()
    factories.make_submission(survey, {"name": "nobody"})
    read_by_both = plan._read_unplanned(10)
    plan_submissions(10)
    factories.make_submission(survey, {"name": "nobody"})
    read_by_one = plan._read_unplanned(10)
    monkeypatch.setattr(plan, "_read_unplanned", lambda limit: read_by_both + read_by_one)
    assert plan_submissions(10) == 2
    assert Delivery.objects.count() == 2
    assert read("deliveries") == {"deliveries_total rejected": 2}
