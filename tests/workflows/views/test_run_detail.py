"""One run: what came in, what was built, what was sent, what Segment said, and sending it again."""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_submission, make_task
from tests.workflows.views.helpers import HTMX, count_queries, make_attempt, make_delivery, make_skipped
from workflows.models import Delivery, SegmentTask, SourceState, Submission, Survey, Workflow


def detail(submission: Submission) -> str:
    return reverse("run_detail", args=[submission.pk])


def again(delivery: Delivery) -> str:
    return reverse("run_send_again", args=[delivery.pk])


def test_another_brands_run_does_not_exist(stranger: Client, survey: Survey, task: SegmentTask) -> None:
    delivery = make_delivery(make_submission(survey), task, "failed")
    assert stranger.get(detail(delivery.submission)).status_code == 404
    assert stranger.post(again(delivery)).status_code == 404
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_somebody_not_signed_in_is_sent_to_sign_in(client: Client, survey: Survey, task: SegmentTask) -> None:
    delivery = make_delivery(make_submission(survey), task, "failed")
    assert client.get(detail(delivery.submission)).url.startswith(reverse("sign_in"))
    assert client.post(again(delivery)).url.startswith(reverse("sign_in"))


def test_shows_what_came_in_with_the_surveys_labels_in_its_order(signed_in: Client, survey: Survey) -> None:
    submission = make_submission(survey, {"extra": [1], "score": 9, "email": "ada@example.com", "name": ""})
    listed = signed_in.get(detail(submission)).context["answers"]().listed
    assert [(answer.label, answer.key, answer.text) for answer in listed] == [
        ("E-mail", "email", "ada@example.com"),
        ("Name", "name", ""),
        ("Score", "score", ""),
        ("", "extra", ""),
    ]
    assert [answer.is_block for answer in listed] == [False, False, False, True]


def test_answers_are_text_not_markup(signed_in: Client, survey: Survey, task: SegmentTask) -> None:
    hostile = "<script>alert(1)</script>"
    submission = make_submission(survey, {"name": hostile, hostile: [hostile], "score": {hostile: 1}})
    make_delivery(
        submission,
        task,
        "rejected",
        body=f'{{"userId": "{hostile}"}}',
        reason="segment_refused",
        reason_params={"status": 400, "answer": hostile},
    )
    text = signed_in.get(detail(submission)).text
    assert "<script>alert(1)" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 6


def test_half_a_surrogate_pair_does_not_break_the_page(signed_in: Client, survey: Survey) -> None:
    submission = make_submission(survey, {"name": "\ud83d", "k\udc00": ["\ud83d"]})
    assert "\\ud83d" in signed_in.get(detail(submission)).text


def test_hundreds_of_answers_are_cut_with_a_note(signed_in: Client, survey: Survey) -> None:
    submission = make_submission(survey, {f"key{number}": "x" * 3_000 for number in range(201)})
    response = signed_in.get(detail(submission))
    answers = response.context["answers"]()
    assert (len(answers.listed), answers.hidden) == (200, 1)
    assert (len(answers.listed[0].text), answers.listed[0].is_cut) == (2_000, True)
    assert "1 more answer is only in the JSON" in response.text


def test_shows_the_event_its_size_and_every_attempt(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    submission = make_submission(survey)
    delivery = make_delivery(submission, task, "accepted", body='{"userId": "ädа"}')
    make_attempt(delivery, "rate_limited", status_code=429, duration_ms=31)
    make_attempt(delivery, "retry", answer="no answer within 15 s")
    make_attempt(delivery, "accepted", status_code=200, answer='{"success": true}', batch_size=1_800)
    response = signed_in.get(detail(submission))
    (shown,) = response.context["details"]
    assert shown.event == {"userId": "ädа"}
    assert shown.size == len('{"userId": "ädа"}'.encode())
    assert [attempt.outcome for attempt in shown.attempts] == ["rate_limited", "retry", "accepted"]
    text = re.sub(r"\s+", " ", response.text)
    for words in ("Rate-limited", "429", "31 ms", "no answer within 15 s", "&quot;success&quot;", "Accepted"):
        assert words in text
    assert re.findall("one of [^ ]+ events", text) == ["one of 1800 events"]
    assert delivery.message_id in text
    assert f'href="{settings.SANDBOX_URL}/debugger"' in text


def test_outside_the_sandbox_no_debugger_is_linked(
    signed_in: Client, survey: Survey, task: SegmentTask, settings: object
) -> None:
    settings.IS_SANDBOX = False  # type: ignore[attr-defined]
    delivery = make_delivery(make_submission(survey), task)
    make_attempt(delivery)
    assert "/debugger" not in signed_in.get(detail(delivery.submission)).text


def test_a_skipped_delivery_says_why_and_shows_no_event(signed_in: Client, survey: Survey) -> None:
    submission = make_submission(survey)
    make_skipped(submission)
    text = signed_in.get(detail(submission)).text
    assert "has a saved Segment task" in text
    assert "The event as it was built" not in text
    assert "Send again" not in text


def test_is_live_until_all_is_finished(signed_in: Client, survey: Survey, workflow: Workflow) -> None:
    submission = make_submission(survey)
    assert "every 3s" in signed_in.get(detail(submission)).text
    make_delivery(submission, make_task(workflow), "accepted")
    waiting = make_delivery(submission, make_task(workflow), "pending")
    partial = signed_in.get(detail(submission), headers=HTMX)
    assert partial.text.strip().startswith('<section id="deliveries"')
    (poll,) = re.findall(r'hx-get="([^"]*seen=[^"]*)"', partial.text)
    assert signed_in.get(poll, headers=HTMX).status_code == 204
    Delivery.objects.filter(pk=waiting.pk).update(status="failed", finished_at=timezone.now())
    finished = signed_in.get(poll, headers=HTMX)
    assert finished.status_code == 200
    assert "every 3s" not in finished.text


def test_can_be_paused(signed_in: Client, survey: Survey) -> None:
    assert "every 3s" not in signed_in.get(detail(make_submission(survey)), {"live": "off"}).text


def test_only_rejected_and_failed_events_can_be_sent_again(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    offered = {}
    for status in ("pending", "accepted", "rejected", "failed", "skipped"):
        delivery = make_delivery(make_submission(survey), task, status)
        offered[status] = again(delivery) in signed_in.get(detail(delivery.submission)).text
    assert [status for status, is_offered in offered.items() if is_offered] == ["rejected", "failed"]


def test_send_again_makes_it_wait_with_the_same_message_id(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    delivery = make_delivery(make_submission(survey), task, "failed", reason="gave_up")
    response = signed_in.post(again(delivery), follow=True)
    assert response.redirect_chain == [(detail(delivery.submission), 302)]
    assert "It goes out within seconds" in response.text
    sent = Delivery.objects.get()
    assert (sent.pk, sent.status, sent.body) == (delivery.pk, "pending", delivery.body)


def test_send_again_says_why_an_event_still_cannot_be_sent(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    task = make_task(workflow, user_id="")
    delivery = make_delivery(make_submission(survey), task, "rejected", reason="no_identity")
    text = signed_in.post(again(delivery), follow=True).text
    assert "It goes out within seconds" not in text
    assert text.count("Both the user ID and the anonymous ID are empty") == 2
    assert Delivery.objects.get().status == "rejected"


def test_send_again_of_an_accepted_event_does_nothing(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    delivery = make_delivery(make_submission(survey), task, "accepted")
    assert "Nothing was done" in signed_in.post(again(delivery), follow=True).text
    assert Delivery.objects.get().status == "accepted"


def test_send_again_is_a_write(signed_in: Client, survey: Survey, task: SegmentTask) -> None:
    delivery = make_delivery(make_submission(survey), task, "failed")
    assert signed_in.get(again(delivery)).status_code == 405


def test_three_deliveries_take_as_many_queries_as_one(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    submission = make_submission(survey)

    def add() -> None:
        make_attempt(make_delivery(submission, make_task(workflow)))

    add()
    one = count_queries(signed_in, detail(submission))
    add()
    add()
    assert count_queries(signed_in, detail(submission)) == one


def test_an_event_that_waits_for_its_source_says_so_and_a_finished_one_does_not(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    submission = make_submission(survey)
    waiting = make_delivery(submission, task, "pending")
    SourceState.objects.create(
        source_id=waiting.source_id,
        failures=1,
        held_until=timezone.now() + timedelta(minutes=5),
        reason="rate_limited",
        changed_at=timezone.now(),
    )
    page = signed_in.get(detail(submission)).content.decode()
    assert "Segment takes no more events of" in page
    assert "Next try:" in page
    Delivery.objects.update(status="accepted")
    assert "Segment takes no more events of" not in signed_in.get(detail(submission)).content.decode()
