from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from segment.sandbox import RunningSandbox
from segment.tracking import TrackingApi
from tests import factories
from tests.segment.helpers import records
from tests.workflows.delivery.helpers import make_survey_with_task, send_all, submit
from tests.workflows.retention.helpers import count_rows, days_ago, lease, make_run
from workflows.delivery import outbox, plan
from workflows.delivery.plan import plan_submissions
from workflows.identifiers import delivery_id, message_id
from workflows.models import Delivery, Lease, Submission, Survey
from workflows.retention import find
from workflows.retention import forget as forgetting
from workflows.retention.forget import forget
from workflows.retention.person import Criterion, Person
from workflows.retention.receipt import Receipt
from workflows.retention.removal import Counts

ADA = Person(Criterion.EMAIL, "ada@example.com")
ADAS = {"email": "Ada@Example.com", "score": 9}
BOBS = {"email": "bob@example.com", "score": 9}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(forgetting, "POLL_SECONDS", 0.01)


@pytest.fixture
def survey() -> Survey:
    return factories.make_survey(factories.make_brand(), fields=[])


def erase(
    person: Person = ADA, brand_id: int | None = None, is_dry_run: bool = False, wait_seconds: float = 0.0
) -> Receipt:
    receipt = Receipt(person, brand_id, is_dry_run, timezone.now())
    forget(receipt, wait_seconds)
    return receipt


def remaining() -> list[uuid.UUID]:
    return list(Submission.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_persons_runs_go_whole_and_others_stay_whole(survey: Survey) -> None:
    adas = [
        make_run(survey, days_ago(3), ("accepted", "rejected", "skipped"), ADAS),
        make_run(survey, days_ago(2), ("pending", "failed"), {"who": {"mail": [" ada@example.com "]}}),
        make_run(survey, days_ago(1), (), ADAS, planned_at=None),
    ]
    bobs = make_run(survey, days_ago(2), ("accepted", "pending"), BOBS)
    receipt = erase()
    assert receipt.runs == Counts(3, 5, 5)
    assert list(receipt.submission_ids) == [run.pk for run in adas]
    assert (remaining(), count_rows()) == ([bobs.pk], Counts(1, 2, 2))
    assert receipt.is_complete
    assert erase().runs == Counts()  # a second time there is nothing left


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "answers", "body", "columns"),
    [
        (ADA, {"name": "Ada"}, '{"userId": "1", "traits": {"email": "ADA@example.com"}}', {}),
        (ADA, {"name": "Ada"}, "{}", {"idempotency_key": "ada@example.com"}),
        (Person(Criterion.USER_ID, "ada-1815"), {"name": "Ada"}, '{"userId": "ada-1815"}', {}),
        (Person(Criterion.USER_ID, "ada-1815"), {"name": "Ada"}, '{"anonymousId": "ada-1815"}', {}),
        (Person(Criterion.USER_ID, "ada-1815"), {"id": "ada-1815"}, "{}", {}),
    ],
)
def test_runs_are_found_by_event_and_key_as_well(
    survey: Survey, person: Person, answers: dict[str, Any], body: str, columns: dict[str, Any]
) -> None:
    make_run(survey, days_ago(1), ("skipped", "accepted"), answers, body, **columns)
    other = make_run(survey, days_ago(1), ("accepted",), BOBS, '{"userId": "2", "traits": {"a": "ada-1815"}}')
    assert erase(person).runs == Counts(1, 2, 2)
    assert remaining() == [other.pk]


@pytest.mark.django_db
def test_an_event_with_only_the_addresss_hash_goes_with_its_submission(
    sandbox: RunningSandbox,
) -> None:
    survey, _ = make_survey_with_task(user_id="${email|lower|sha256}", rows=[])
    submit(survey)
    Submission.objects.update(answers={"email": "Ada@example.com"})
    assert send_all() == {"accepted": 1}
    assert "ada" not in Delivery.objects.get().body.lower()
    assert erase().runs == Counts(1, 1, 1)


@pytest.mark.django_db
def test_the_receipt_tells_what_segment_has_and_what_it_may_have(survey: Survey) -> None:
    statuses = ("accepted", "pending", "rejected", "skipped")
    run = make_run(survey, days_ago(1), statuses, ADAS)
    run.deliveries.filter(status="skipped").update(attempt_count=0)
    ids = [delivery_id(run.pk, number) for number in (1, 2, 3)]
    receipt = erase()
    assert list(receipt.accepted_ids) == ids[:1]
    assert set(receipt.uncertain_ids) == {ids[1], ids[2]}  # a time-out may come after the event was taken
    told = json.loads(receipt.as_json())
    assert told["message_ids_accepted_by_segment"] == [message_id(ids[0])]
    assert told["submission_ids"] == [str(run.pk)]
    assert "ada" not in receipt.as_json().lower().replace(ADA.digest, "")


@pytest.mark.django_db
def test_only_the_wanted_brands_runs_go(survey: Survey) -> None:
    make_run(survey, days_ago(1), ("accepted",), ADAS)
    others = make_run(factories.make_survey(factories.make_brand("Other")), days_ago(1), ("accepted",), ADAS)
    assert erase(brand_id=survey.brand_id).runs == Counts(1, 1, 1)
    assert remaining() == [others.pk]


@pytest.mark.django_db
def test_a_dry_run_counts_the_same_and_erases_nothing(survey: Survey) -> None:
    make_run(survey, days_ago(1), ("accepted", "pending"), ADAS)
    sent = make_run(survey, days_ago(1), ("pending",), ADAS)
    lease(sent)
    dry = erase(is_dry_run=True)
    assert (dry.runs, count_rows()) == (Counts(2, 3, 3), Counts(2, 3, 3))
    Lease.objects.all().delete()
    sent.deliveries.update(status="accepted")
    assert erase().runs == dry.runs


@pytest.mark.django_db
@pytest.mark.parametrize("page_rows", [1, 2, 7])
def test_every_page_is_read_and_pages_end_anywhere(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, page_rows: int
) -> None:
    monkeypatch.setattr(find, "PAGE_ROWS", page_rows)
    runs = [make_run(survey, days_ago(9 - n), ("accepted",), ADAS if n % 2 else BOBS) for n in range(8)]
    assert erase().runs == Counts(4, 4, 4)
    assert remaining() == [run.pk for run in runs[::2]]


@pytest.mark.django_db
def test_answers_that_are_no_readable_json_stop_nothing(survey: Survey) -> None:
    run = make_run(survey, days_ago(2), (), BOBS)
    if connection.vendor == "sqlite":  # what only a foreign program could have written
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("UPDATE workflows_submission SET answers = '{broken' WHERE id = %s", [run.pk.hex])
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    make_run(survey, days_ago(1), (), ADAS)
    assert erase().runs == Counts(1, 0, 0)
    assert remaining() == [run.pk]


@pytest.mark.django_db
def test_what_is_being_sent_stays_and_is_told_and_goes_with_the_next_run(survey: Survey) -> None:
    run = make_run(survey, days_ago(1), ("accepted", "pending", "pending"), ADAS)
    lease(run, 3)
    receipt = erase()
    assert (receipt.is_complete, receipt.still_sending_ids) == (False, [run.pk])
    assert receipt.runs == Counts(0, 2, 2)
    assert list(receipt.accepted_ids) == [delivery_id(run.pk, 1)]
    assert (Delivery.objects.get().pk, Lease.objects.count()) == (delivery_id(run.pk, 3), 1)
    Lease.objects.all().delete()
    Delivery.objects.update(status="accepted")
    again = erase()
    assert (again.is_complete, again.runs) == (True, Counts(1, 1, 1))
    assert list(again.accepted_ids) == [delivery_id(run.pk, 3)]


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_nobodys(survey: Survey) -> None:
    run = make_run(survey, days_ago(1), ("pending",), ADAS)
    lease(run, seconds=-1)
    assert erase().runs == Counts(1, 1, 1)


@pytest.mark.django_db
def test_what_is_in_a_lease_that_ran_out_may_be_at_segment(survey: Survey) -> None:
    run = make_run(survey, days_ago(1), ("pending", "pending"), ADAS)
    run.deliveries.update(attempt_count=0)
    lease(run, 2, seconds=-1)  # its worker died, maybe after Segment had taken the event
    told = json.loads(erase().as_json())
    assert told["message_ids_segment_may_have"] == [message_id(delivery_id(run.pk, 2))]
    assert told["message_ids_accepted_by_segment"] == []


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_what_is_being_sent_is_waited_for(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    Submission.objects.update(answers=ADAS)
    plan_submissions(10)
    claimed = outbox.claim("w1", 10)

    def finish() -> None:
        deadline = time.monotonic() + 10
        while not waiting.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        (batch,) = outbox.group(claimed)
        with TrackingApi(f"{sandbox.url}/us/v1") as api:
            outbox.record("w1", [outbox.send(batch, outbox.read_write_key(batch.source_id), api)])

    waiting = threading.Event()
    receipt = Receipt(ADA, None, False, timezone.now())
    thread = in_thread(finish)
    forget(receipt, 10, lambda pages: waiting.set())
    thread.join(10)
    assert (receipt.is_complete, receipt.runs) == (True, Counts(1, 1, 1))
    assert [record["event"]["messageId"] for record in records(sandbox)] == [
        message_id(pk) for pk in receipt.accepted_ids
    ]


@pytest.mark.django_db(transaction=True)
def test_what_is_pending_is_not_sent_any_more(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    first, _ = submit(survey, 2)
    Submission.objects.filter(pk=first.pk).update(answers=ADAS)
    plan_submissions(10)
    assert erase().runs == Counts(1, 1, 0)
    assert send_all() == {"accepted": 1}
    assert [record["event"]["userId"] for record in records(sandbox)] == ["user-2"]


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_an_erasure_and_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan_adas()
    remove, claims, threads = forgetting.remove_runs, [], []

    def claim_then_remove(*arguments: Any) -> Counts:
        threads.append(in_thread(lambda: claims.append(outbox.claim("w1", 10))))
        threads[0].join(0.5)
        assert claims == []
        return remove(*arguments)

    monkeypatch.setattr(forgetting, "remove_runs", claim_then_remove)
    assert erase().runs == Counts(1, 1, 0)
    threads[0].join(10)
    assert (claims, Lease.objects.count()) == ([[]], 0)


@pytest.mark.django_db(transaction=True)
def test_an_erasure_waits_for_a_claim_and_leaves_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    plan_adas()
    make, receipts, threads = outbox.make_lease, [], []

    def erase_then_make(*arguments: Any) -> int:
        threads.append(in_thread(lambda: receipts.append(erase())))
        threads[0].join(0.5)
        assert receipts == []
        return make(*arguments)

    monkeypatch.setattr(outbox, "make_lease", erase_then_make)
    claimed = outbox.claim("w1", 10)
    threads[0].join(10)
    assert [item.id for item in claimed] == [delivery.pk.hex for delivery in Delivery.objects.all()]
    assert (receipts[0].runs, receipts[0].still_sending_ids) == (Counts(), remaining())


def plan_adas() -> None:
    """One event of hers that waits to be sent."""
    survey, _ = make_survey_with_task()
    submit(survey)
    Submission.objects.update(answers=ADAS)
    plan_submissions(10)


@pytest.mark.django_db(transaction=True)
def test_a_submission_that_goes_while_it_is_planned_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    survey, _ = make_survey_with_task()
    first, _ = submit(survey, 2)
    Submission.objects.filter(pk=first.pk).update(answers=ADAS)
    store, receipts = plan._store, []

    def erase_then_store(*arguments: Any) -> None:
        if not receipts:
            receipts.append(erase())
        store(*arguments)

    monkeypatch.setattr(plan, "_store", erase_then_store)
    plan_submissions(10)
    assert receipts[0].runs == Counts(1, 0, 0)
    assert [submission.answers["email"] for submission in Submission.objects.all()] == ["user-2"]
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_the_log_has_no_personal_data(survey: Survey, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run = make_run(survey, days_ago(1), ("accepted",), ADAS)
    erase()
    assert caplog.messages == [
        f"erased submission={run.pk}",
        "forgot criterion=email dry_run=False complete=True submissions=1 deliveries=1 attempts=1",
    ]
