"""What becomes of events when Segment, the network or a worker fails: against the sandbox over real HTTP."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segment.sandbox import RunningSandbox
from tests import factories
from tests.segment.helpers import add_fault, records
from tests.workflows.delivery.helpers import (
    SHORT,
    attempts_of,
    change_write_key,
    make_due,
    make_source,
    make_survey_with_task,
    received,
    reread,
    send_all,
    send_claimed,
    submit,
)
from workflows.delivery import outbox
from workflows.delivery.plan import plan_submissions
from workflows.models import Attempt, Delivery, Lease

pytestmark = pytest.mark.django_db


def attempts() -> list[list[tuple[str, int | None, int]]]:
    """Those of each delivery, first to last."""
    return [
        [(one.outcome, one.status_code, one.batch_size) for one in attempts_of(delivery)]
        for delivery in Delivery.objects.order_by("pk")
    ]


def lift_faults(sandbox: RunningSandbox) -> None:
    requests.delete(f"{sandbox.url}/faults", timeout=10)


def test_events_arrive_in_one_batch_in_the_order_received(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 12)
    assert send_all() == Counter(accepted=12)
    assert received(sandbox) == [("accepted", f"user-{number}") for number in range(1, 13)]
    assert attempts() == [[("accepted", 200, 12)]] * 12
    delivery = Delivery.objects.order_by("submission_id").first()
    assert (delivery.status, delivery.reason, delivery.attempt_count) == ("accepted", "", 1)
    assert not Lease.objects.exists()
    assert delivery.finished_at is not None
    sent = records(sandbox)[0]["event"]
    assert sent.pop("sentAt", None) is None
    assert sent["messageId"] == delivery.message_id


def test_a_server_error_is_tried_again_with_the_same_message_id(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=500, times=1)
    before = timezone.now()
    assert send_all() == Counter(pending=1)
    delivery = Delivery.objects.get()
    assert (delivery.reason, delivery.reason_params) == ("segment_error", {"status": 500})
    assert before <= delivery.next_attempt_at <= timezone.now() + timedelta(seconds=1)
    make_due()
    assert send_all() == Counter(accepted=1)
    assert attempts() == [[("retry", 500, 1), ("accepted", 200, 1)]]
    assert reread(delivery).reason == ""
    assert [record["event"]["messageId"] for record in records(sandbox)] == [delivery.message_id]


def test_a_rate_limit_is_obeyed_to_the_second(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 3)
    add_fault(sandbox, kind="status", status=429, retry_after=120, times=1)
    now = timezone.now()
    assert send_all(now=now) == Counter(pending=3)
    assert set(Delivery.objects.values_list("reason", "next_attempt_at")) == {
        ("rate_limited", now + timedelta(seconds=120))
    }
    assert attempts() == [[("rate_limited", 429, 3)]] * 3
    assert outbox.claim("w1", 10, now=now + timedelta(seconds=119)) == []
    assert len(outbox.claim("w1", 10, now=now + timedelta(seconds=120))) == 3


@pytest.mark.parametrize("kind", ["reset", "hang", "deaf"])
def test_no_answer_is_tried_again(sandbox: RunningSandbox, kind: str) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    add_fault(sandbox, kind=kind, times=1)
    assert send_all(timeouts=SHORT) == Counter(pending=2)
    assert attempts() == [[("retry", None, 2)]] * 2
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"segment_unreachable"}
    lift_faults(sandbox)
    make_due()
    assert send_all() == Counter(accepted=2)
    assert received(sandbox) == [("accepted", "user-1"), ("accepted", "user-2")]


def test_an_answer_lost_after_the_events_were_taken_makes_duplicates_that_segment_drops(
    sandbox: RunningSandbox,
) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    add_fault(sandbox, kind="reset_after_accept", times=1)
    assert send_all() == Counter(pending=2)
    make_due()
    assert send_all() == Counter(accepted=2)
    assert Counter(received(sandbox)) == Counter(
        (verdict, user) for verdict in ("accepted", "duplicate") for user in ("user-1", "user-2")
    )


def test_a_crash_between_send_and_record_sends_again_and_loses_nothing(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    plan_submissions(10)
    claimed = outbox.claim("dead", 10)
    send_claimed("somebody else", claimed)  # recorded for an owner who holds nothing: as if never recorded
    assert set(Delivery.objects.values_list("status", "attempt_count")) == {("pending", 0)}
    assert Lease.objects.get().owner == "dead"
    assert attempts() == [[], []]
    assert not Attempt.objects.exists()
    outbox.give_back_expired(timezone.now() + timedelta(days=1))
    assert send_all("w2") == Counter(accepted=2)
    assert [verdict for verdict, _ in received(sandbox)] == ["accepted"] * 2 + ["duplicate"] * 2


def test_one_poisoned_event_in_a_batch_is_rejected_alone_in_segments_words(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 300)
    plan_submissions(1_000)
    rule = add_fault(sandbox, kind="refuse_event", match='"user-77"')
    claimed = outbox.claim("w1", 1_000)
    assert send_claimed("w1", claimed) == Counter(accepted=299, rejected=1)
    assert sorted(received(sandbox)) == sorted(
        ("accepted", f"user-{number}") for number in range(1, 301) if number != 77
    )
    poisoned = Delivery.objects.get(status="rejected")
    assert '"userId":"user-77"' in poisoned.body
    last = attempts_of(poisoned)[-1]
    assert (poisoned.reason, last.outcome, last.status_code, last.batch_size) == (
        "segment_refused",
        "refused",
        400,
        1,
    )
    assert poisoned.reason_params["answer"] == " ".join(last.answer.split())
    assert len(attempts_of(poisoned)) == poisoned.attempt_count
    used = requests.get(f"{sandbox.url}/faults", timeout=10).json()["faults"][0]["used"]
    assert rule["used"] < used <= 12  # 300 events halve 9 times
    assert Attempt.objects.filter(outcome="refused").count() == used - rule["used"]  # a row for each request


def test_an_event_too_large_for_segment_is_found_by_the_sandboxs_own_limit(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 9)
    plan_submissions(10)
    large = Delivery.objects.order_by("submission_id")[4]
    Delivery.objects.filter(pk=large.pk).update(body=large.body.replace('"Ada"', f'"{"x" * 33_000}"'))
    assert send_all() == Counter(accepted=8, rejected=1)
    assert reread(large).status == "rejected"
    assert "32 KB" in reread(large).reason_params["answer"]


def test_a_refused_key_rejects_the_batch_in_one_request(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 5)
    rule = add_fault(sandbox, kind="status", status=401)
    assert send_all() == Counter(rejected=5)
    faults = requests.get(f"{sandbox.url}/faults", timeout=10).json()["faults"]
    assert [(fault["id"], fault["used"]) for fault in faults] == [(rule["id"], 1)]


def test_it_is_given_up_when_its_time_has_come(sandbox: RunningSandbox, settings: Any) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    add_fault(sandbox, kind="status", status=503)
    send_all()
    delivery = Delivery.objects.get()
    assert send_all(now=delivery.give_up_at) == Counter(failed=1)
    delivery = reread(delivery)
    assert (delivery.status, delivery.reason) == ("failed", "gave_up")
    assert delivery.reason_params == {"hours": 24, "attempts": 2, "last": "segment_error"}
    assert delivery.finished_at is not None


def test_who_lost_the_lease_has_no_say(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    slow = outbox.claim("slow", 10)
    outbox.give_back_expired(timezone.now() + timedelta(days=1))
    quick = outbox.claim("quick", 10)
    add_fault(sandbox, kind="status", status=400, times=1)
    assert send_claimed("slow", slow) == Counter()
    assert send_claimed("quick", quick) == Counter(accepted=1)
    assert attempts() == [[("accepted", 200, 1)]]


def test_an_unreadable_write_key_lets_deliveries_wait_and_is_no_attempt(sandbox: RunningSandbox) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    plan_submissions(10)
    now = timezone.now()
    outbox.postpone("w1", outbox.claim("w1", 10, now=now), "secret_unreadable", now)
    assert set(Delivery.objects.values_list("status", "reason", "next_attempt_at", "attempt_count")) == {
        ("pending", "secret_unreadable", now + timedelta(seconds=60), 0)
    }
    assert attempts() == [[], []]
    make_due()
    assert send_all() == Counter(accepted=2)


def test_an_unreadable_write_key_is_given_up_in_its_time() -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    late = Delivery.objects.get().give_up_at
    assert outbox.postpone("w1", outbox.claim("w1", 10, now=late), "secret_unreadable", late) == Counter(
        failed=1
    )
    assert Delivery.objects.get().reason == "secret_unreadable"


def test_what_cannot_be_tried_is_rejected() -> None:
    survey, _ = make_survey_with_task()
    submit(survey)
    plan_submissions(10)
    assert outbox.reject("w1", outbox.claim("w1", 10), "source_gone") == Counter(rejected=1)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == ("rejected", "source_gone")


def test_each_source_and_region_gets_its_own_events(sandbox: RunningSandbox) -> None:
    survey, task = make_survey_with_task()
    other = make_source(survey.brand, "mobile-app")
    factories.make_task(task.workflow, other, event_type="track", event_name="Survey Completed")
    submit(survey)
    assert send_all() == Counter(accepted=2)
    got = {(record["write_key"], record["event"]["type"], record["verdict"]) for record in records(sandbox)}
    keys = {task.source_id: "identify", other.pk: "track"}
    assert got == {(outbox.read_write_key(pk), kind, "accepted") for pk, kind in keys.items()}


def test_no_write_key_reaches_the_attempts_or_the_log(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    survey, task = make_survey_with_task()
    change_write_key(task.source, "a-write-key-nobody-knows")
    submit(survey)
    add_fault(sandbox, kind="status", status=500, times=1)
    with caplog.at_level("DEBUG"):
        send_all()
        make_due()
        send_all()
    text = caplog.text + str(list(Attempt.objects.values())) + str(list(Delivery.objects.values()))
    assert Attempt.objects.count() == 2
    assert "a-write-key-nobody-knows" not in text
    assert "user-1" not in caplog.text


def test_each_outcome_is_one_line_of_the_log(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    survey, _ = make_survey_with_task()
    submit(survey, 2)
    with caplog.at_level("INFO", logger="workflows.delivery"):
        send_all()
    messages = "\n".join(record.getMessage() for record in caplog.records)
    lines = [line for line in messages.split("\n") if line.startswith("accepted")]
    assert len(lines) == 2
    for line, delivery in zip(lines, Delivery.objects.order_by("submission_id"), strict=True):
        assert (
            f"accepted submission={delivery.submission_id} delivery={delivery.pk} attempts=1 status=200"
            in line
        )


def test_recording_takes_the_same_number_of_queries_for_any_number_of_events(sandbox: RunningSandbox) -> None:
    counts = []
    for count in (1, 30):
        survey, _ = make_survey_with_task()
        submit(survey, count)
        plan_submissions(100)
        claimed = outbox.claim("w1", 100)
        with CaptureQueriesContext(connection) as queries:
            assert send_claimed("w1", claimed) == Counter(accepted=count)
        counts.append(len(queries))
    assert counts[0] == counts[1]
