from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.db import DatabaseError, OperationalError, connection, connections
from django.utils import timezone

from accounts.models import Source
from segment.sandbox import RunningSandbox
from segment.transport import Timeouts
from tests import factories
from tests.databases import read_test_database_url
from tests.segment.helpers import add_fault, records, wait_until
from tests.workflows.delivery.helpers import make_source, make_survey_with_task, received, submit
from workflows.delivery import outbox, worker
from workflows.delivery.plan import plan_submissions
from workflows.delivery.wake import announce
from workflows.delivery.worker import Worker, beat
from workflows.models import Delivery, Lease, WorkerBeat

pytestmark = pytest.mark.django_db(transaction=True)

BASE_DIR = Path(__file__).resolve().parents[3]
SHORT = Timeouts(connect_seconds=1.0, read_seconds=1.0)


@contextmanager
def running(threads: int = 4, timeouts: Timeouts = SHORT) -> Iterator[Worker]:
    """A worker in a thread of this process, stopped at the end."""
    one = Worker(threads=threads, timeouts=timeouts)

    def run() -> None:
        try:
            one.run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join(20)
        assert not thread.is_alive()


def statuses() -> list[str]:
    return sorted(Delivery.objects.values_list("status", flat=True))


def wait_for(count: int, status: str, seconds: float = 15) -> None:
    wait_until(lambda: statuses().count(status) == count, seconds)


def test_a_submission_becomes_an_event_by_itself(sandbox: RunningSandbox) -> None:
    """Also when nobody announced it: the sweep finds it."""
    survey, _ = make_survey_with_task()
    with running():
        wait_until(lambda: WorkerBeat.objects.exists())
        for number in range(1, 4):
            factories.make_submission(survey, {"email": f"user-{number}"})
            wait_until(lambda number=number: len(records(sandbox)) == number)
        wait_for(3, "accepted")
    assert received(sandbox) == [("accepted", f"user-{number}") for number in (1, 2, 3)]


@pytest.fixture
def small_heap() -> Iterator[None]:
    """As in a worker's own process: the garbage collector leaves alone what the tests have made so far."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.quiet
def test_an_announced_submission_is_planned_within_50_milliseconds(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, small_heap: None
) -> None:
    monkeypatch.setattr(worker, "REST_SECONDS", 30.0)  # the sweep would come too late for this test
    planned_at: list[float] = []

    def plan(limit: int) -> int:
        count = plan_submissions(limit)
        planned_at.extend([time.monotonic()] if count else [])
        return count

    monkeypatch.setattr(worker, "plan_submissions", plan)
    survey, _ = make_survey_with_task()
    delays = []
    with running():
        wait_until(lambda: WorkerBeat.objects.exists())
        time.sleep(0.3)  # its first turn is over, and it rests
        for number in range(1, 12):
            factories.make_submission(survey, {"email": f"user-{number}"})
            committed_at = time.monotonic()
            announce()
            wait_until(lambda number=number: len(records(sandbox)) == number)
            delays.append(planned_at[-1] - committed_at)
    assert sorted(delays)[5] < 0.05  # the median: the machine has a life of its own


@pytest.mark.quiet
def test_an_idle_worker_takes_less_than_a_hundredth_of_a_processor(small_heap: None) -> None:
    with running():
        wait_until(lambda: WorkerBeat.objects.exists())
        time.sleep(0.5)
        before, begun = time.process_time(), time.monotonic()
        time.sleep(3)
        share = (time.process_time() - before) / (time.monotonic() - begun)
    assert share < 0.01, f"{share:.2%} of a processor"


def test_stopping_does_not_wait_for_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "REST_SECONDS", 60.0)
    with running():
        wait_until(lambda: WorkerBeat.objects.exists())
        begun = time.monotonic()
    assert time.monotonic() - begun < 10


def test_a_backlog_of_several_sources_is_sent_whole_and_each_in_order(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    factories.make_task(task.workflow, make_source(survey.brand, "mobile-app"))
    submit(survey, 700)
    with running():
        wait_for(1_400, "accepted", 30)
    by_key: dict[str, list[str]] = {}
    for record in records(sandbox):
        assert record["verdict"] == "accepted"
        by_key.setdefault(record["write_key"], []).append(record["event"]["userId"])
    assert list(by_key.values()) == [[f"user-{number}" for number in range(1, 701)]] * 2


def test_a_source_that_hangs_does_not_delay_the_others(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    other = make_source(survey.brand, "mobile-app")
    factories.make_task(task.workflow, other)
    add_fault(sandbox, kind="hang", write_key=outbox.read_write_key(task.source_id))
    submit(survey, 5)
    with running(timeouts=Timeouts(1.0, 6.0)):
        wait_for(5, "accepted", 4)
        assert set(Delivery.objects.filter(source=other).values_list("status", flat=True)) == {"accepted"}
        requests.delete(f"{sandbox.url}/faults", timeout=10)
        wait_for(10, "accepted")


@pytest.mark.quiet
def test_sources_that_hang_hold_at_most_half_of_the_senders(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    hanging = [task.source_id]
    for slug in ("survey-responses", "old-site"):
        source = make_source(survey.brand, slug)
        factories.make_task(task.workflow, source)
        hanging.append(source.pk)
    for pk in hanging:
        add_fault(sandbox, kind="hang", write_key=outbox.read_write_key(pk), seconds=60)
    submit(survey)
    with running(threads=2, timeouts=Timeouts(0.5, 1.0)):
        wait_until(lambda: Delivery.objects.filter(attempt_count__gte=1).count() == 3)
        quick_survey = factories.make_survey(survey.brand)
        factories.make_task(factories.make_workflow(quick_survey), make_source(survey.brand, "mobile-app"))
        for _ in range(3):
            started = time.monotonic()
            submit(quick_survey)
            wait_until(
                lambda: (
                    not Delivery.objects.filter(submission__survey=quick_survey)
                    .exclude(status="accepted")
                    .exists()
                    and not quick_survey.submissions.filter(planned_at=None).exists()
                )
            )
            assert time.monotonic() - started < 0.9  # less than one time-out


def test_a_rate_limited_source_rests_as_a_whole(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    rule = add_fault(sandbox, kind="status", status=429, retry_after=60)
    submit(survey)
    with running():
        wait_until(lambda: Delivery.objects.filter(reason="rate_limited").exists())
        submit(survey, 3)
        wait_until(lambda: Delivery.objects.count() == 4)
        time.sleep(1)  # long enough for several turns that must not send
        faults = requests.get(f"{sandbox.url}/faults", timeout=10).json()["faults"]
    assert [(fault["id"], fault["used"]) for fault in faults] == [(rule["id"], 1)]
    assert list(Delivery.objects.order_by("submission_id").values_list("attempt_count", flat=True)) == [
        1,
        0,
        0,
        0,
    ]


def test_an_unreadable_write_key_lets_its_deliveries_wait_and_no_others(
    sandbox: RunningSandbox, settings: Any
) -> None:
    survey, task = make_survey_with_task()
    other = make_source(survey.brand, "mobile-app")
    factories.make_task(task.workflow, other)
    table = Source._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT write_key FROM {table} WHERE id = %s", [task.source_id])
        [stored] = cursor.fetchone()
        cursor.execute(f"UPDATE {table} SET write_key = %s WHERE id = %s", ["gAAAAbroken", task.source_id])
    submit(survey, 2)
    with running():
        wait_for(2, "accepted")
        wait_until(lambda: Delivery.objects.filter(reason="secret_unreadable").count() == 2)
    waiting = Delivery.objects.filter(source=task.source)
    assert set(waiting.values_list("status", "attempt_count")) == {("pending", 0)}
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET write_key = %s WHERE id = %s", [stored, task.source_id])
    waiting.update(next_attempt_at=timezone.now())
    with running():
        wait_for(4, "accepted")


def test_a_source_without_a_write_key_has_its_deliveries_rejected(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    Source.objects.filter(pk=task.source_id).update(write_key="")
    submit(survey)
    with running():
        wait_for(1, "rejected")
    assert Delivery.objects.get().reason == "source_gone"


def test_expired_leases_of_a_dead_worker_are_sent(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    outbox.claim("dead", 10)
    with running():
        time.sleep(1.3)  # more than a turn: a lease that holds is respected
        assert (statuses(), received(sandbox)) == (["pending"], [])
        Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        wait_for(1, "accepted")


def test_a_slow_request_keeps_its_lease(sandbox: RunningSandbox, settings: Any) -> None:
    settings.DELIVERY_LEASE_SECONDS = 1
    survey, _ = make_survey_with_task()
    add_fault(sandbox, kind="delay", seconds=3)
    submit(survey)
    with running(timeouts=Timeouts(1.0, 10.0)):
        wait_for(1, "accepted")
    assert Delivery.objects.get().attempt_count == 1
    assert [verdict for verdict, _ in received(sandbox)] == ["accepted"]


def test_two_workers_at_once_send_every_event_once(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    factories.make_task(task.workflow, make_source(survey.brand, "mobile-app"))
    with running(), running():
        submit(survey, 100)
        wait_for(200, "accepted", 30)
    assert [verdict for verdict, _ in received(sandbox)] == ["accepted"] * 200
    assert set(Delivery.objects.values_list("attempt_count", flat=True)) == {1}


@pytest.mark.parametrize("broken", ["plan_submissions", "outbox.record", "outbox.claim"])
def test_it_outlives_a_locked_database(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    monkeypatch.setattr(worker, "TROUBLE_SECONDS", 0.05)
    owner, _, name = broken.rpartition(".")
    module = outbox if owner else worker
    real: Callable[..., Any] = getattr(module, name)
    failures = iter([OperationalError("database is locked"), DatabaseError("disk I/O error")])

    def fail_twice(*args: Any, **kwargs: Any) -> Any:
        for error in failures:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, fail_twice)
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    if broken == "outbox.record":
        monkeypatch.setattr(django_settings, "DELIVERY_LEASE_SECONDS", 1)
    with running(), caplog.at_level(logging.INFO):
        wait_for(2, "accepted")
    assert "worker in trouble: OperationalError" in caplog.text


def test_a_beat_is_written_renewed_and_removed_with_its_worker() -> None:
    now = timezone.now()
    WorkerBeat.objects.create(name="dead", started_at=now, beat_at=now - timedelta(minutes=5))
    WorkerBeat.objects.create(name="other", started_at=now, beat_at=now - timedelta(seconds=5))
    with running() as one:
        wait_until(lambda: WorkerBeat.objects.filter(name=one.name).exists())
        wait_until(lambda: not WorkerBeat.objects.filter(name="dead").exists())
        beat(one.name, now)
        assert WorkerBeat.objects.get(name=one.name).beat_at >= now
    assert list(WorkerBeat.objects.values_list("name", flat=True)) == ["other"]


def test_stopping_gives_back_what_hangs_and_counts_no_attempt(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DRAIN_SECONDS", 0.5)
    survey, _ = make_survey_with_task()
    add_fault(sandbox, kind="hang", seconds=60)
    submit(survey, 3)
    with running(timeouts=Timeouts(1.0, 60.0)):
        wait_until(lambda: Lease.objects.filter(unrecorded=3).exists())
    assert not Lease.objects.exists()
    assert set(Delivery.objects.values_list("status", "attempt_count")) == {("pending", 0)}


def start_worker_process() -> subprocess.Popen[str]:
    """`manage.py run_worker` on the test database."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": read_test_database_url(),
        "TRIBUTARY_SANDBOX_URL": django_settings.SANDBOX_URL,
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "run_worker"],
        cwd=BASE_DIR,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def faults_met(sandbox: RunningSandbox) -> int:
    """How many requests met a fault."""
    faults = requests.get(f"{sandbox.url}/faults", timeout=5).json()["faults"]
    return sum(fault["used"] for fault in faults)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_finishes_its_work_on_a_signal_and_exits_with_0(
    sandbox: RunningSandbox, number: int
) -> None:
    survey, _ = make_survey_with_task()
    add_fault(sandbox, kind="delay", seconds=1)
    submit(survey, 3)
    process = start_worker_process()
    try:
        wait_until(lambda: faults_met(sandbox) == 1, 20)  # the request is on its way
        process.send_signal(number)
        _, log = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    assert statuses() == ["accepted"] * 3
    assert WorkerBeat.objects.count() == 0
    assert "worker stopped" in log
    assert "Traceback" not in log
    assert "user-1" not in log


def test_the_process_gives_back_what_hangs_and_exits_with_0_within_ten_seconds(
    sandbox: RunningSandbox,
) -> None:
    survey, _ = make_survey_with_task()
    add_fault(sandbox, kind="hang", seconds=60)
    submit(survey, 3)
    process = start_worker_process()
    try:
        wait_until(lambda: Lease.objects.filter(unrecorded=3).exists(), 20)
        process.terminate()
        process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    assert set(Delivery.objects.values_list("status", "attempt_count")) == {("pending", 0)}
