"""*Send a test event*: what is sent, what is shown, and the words for each kind of trouble."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Source
from segment.regions import RegionKey
from segment.sandbox import RunningSandbox, fixtures
from segment.tracking import TrackingApi
from segment.transport import Timeouts
from tests import factories as make
from tests.segment.helpers import add_fault, records
from tests.workflows.wizard.conftest import HTMX, NewTask, form_rows, text_of, url
from workflows.delivery import trial
from workflows.delivery.build import preview_ids
from workflows.models import Attempt, Delivery, SegmentTask
from workflows.wizard import trial_limit

pytestmark = pytest.mark.django_db

KEY = fixtures.write_key("acme", "website")
ROWS = form_rows(("name", "${name}"), ("score", "${score}"))


def send_test(client: Client, task: SegmentTask, headers: dict[str, str] = HTMX, **data: str) -> Any:
    values = {"user_id": "${email}", **ROWS, **data}
    return client.post(reverse("task_test", args=[task.pk]), values, headers=headers)


@pytest.fixture
def task(new_task: NewTask) -> SegmentTask:
    return new_task("mappings", write_key=KEY)


@pytest.fixture(autouse=True)
def _in_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_limit, "time", lambda: 1_000_000_040.0)


def title(page: Any) -> str:
    return page.context["trial"].title


@pytest.mark.parametrize("region", ["oregon", "dublin"])
def test_this_very_event_arrives_marked_as_a_test(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, region: str
) -> None:
    key = KEY if region == "oregon" else fixtures.write_key("acme-eu", "website")
    task = new_task(
        "mappings", write_key=key, region=region, event_type="track", event_name="Survey Completed"
    )
    make.make_submission(task.workflow.survey, {"email": "a@b.io", "name": "é<b>", "score": 9})
    previewed = signed_in.post(
        reverse("task_preview", args=[task.pk]), {"step": "mappings", "user_id": "${email}", **ROWS}
    )
    page = send_test(signed_in, task)
    (record,) = records(sandbox)
    expected = dict(previewed.context["preview"].built.event)
    sent = record["event"]
    assert sent["messageId"].startswith("tributary-test-")
    assert len(sent["messageId"]) == 51
    expected |= {"messageId": sent["messageId"], "context": {**expected["context"], "test": True}}
    assert sent == expected
    assert record["region"] == ("us" if region == "oregon" else "eu")
    report = page.context["trial"]
    assert (report.title, report.trial.answer.status) == ("Segment took the test event", 200)
    assert report.body["batch"] == [sent]
    assert not Delivery.objects.exists() | Attempt.objects.exists()
    assert report.made_from == "a real submission"


def test_the_chosen_sample_is_sent(signed_in: Client, task: SegmentTask, sandbox: RunningSandbox) -> None:
    make.make_submission(task.workflow.survey)
    send_test(signed_in, task, sample="fields")
    send_test(signed_in, task, sample="typed", sample_json='{"email": "zoe@b.io", "name": "Zoe"}')
    events = [record["event"] for record in records(sandbox)]
    assert [event["traits"]["name"] for event in events] == ["Ada Lovelace", "Zoe"]
    assert events[0]["messageId"] != events[1]["messageId"]


def test_a_random_anonymous_id_is_the_previewed_one(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox
) -> None:
    submission = make.make_submission(task.workflow.survey, {"name": "Ada"})
    send_test(signed_in, task, random_anonymous_id="on")
    (record,) = records(sandbox)
    assert record["event"]["anonymousId"] == preview_ids(submission.pk, task.pk).random_id


def test_the_page_shows_request_and_answer_without_the_write_key(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    make.make_submission(task.workflow.survey, {"email": "secret@b.io"})
    with caplog.at_level(logging.DEBUG):
        pages = [send_test(signed_in, task, headers) for headers in (HTMX, {})]
    for page in pages:
        text = unescape(text_of(page))
        assert (
            f"POST {sandbox.url}/us/v1/batch Authorization: Basic ••• Content-Type: application/json" in text
        )
        assert f'href="{sandbox.url}/debugger"' in text
        assert "You can send" in text
        assert KEY not in page.content.decode()
    assert text_of(pages[0]).startswith('<section id="trial"')
    assert 'value="${email}"' in text_of(pages[1])
    assert KEY not in caplog.text
    assert "secret@b.io" not in caplog.text
    assert caplog.text.count("test event accepted user=") == 2


def test_what_is_shown_is_escaped(signed_in: Client, task: SegmentTask, sandbox: RunningSandbox) -> None:
    hostile = "</pre><script>alert(1)</script>"
    make.make_submission(task.workflow.survey, {"email": hostile, "name": hostile})
    assert "<script>alert" not in send_test(signed_in, task).content.decode()
    assert records(sandbox)[0]["event"]["userId"] == hostile


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 400}, "Segment refused the test event"),
        ({"kind": "status", "status": 401}, "Segment does not take the write key of this source."),
        ({"kind": "status", "status": 429, "retry_after": 7}, "Try again in 7 seconds."),
        ({"kind": "status", "status": 503}, "Segment has trouble of its own"),
        ({"kind": "status", "status": 302}, "Something else than Segment answered"),
        ({"kind": "reset"}, "Segment cannot be reached"),
        ({"kind": "hang", "seconds": 5}, "Segment did not answer in time"),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_each_kind_of_trouble_has_its_own_words(
    signed_in: Client,
    task: SegmentTask,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    words: str,
    headers: dict[str, str],
) -> None:
    monkeypatch.setattr(trial, "TIMEOUTS", Timeouts(connect_seconds=1.0, read_seconds=0.2))
    add_fault(sandbox, api="tracking", **fault)
    page = send_test(signed_in, task, headers)
    assert words in text_of(page)
    assert page.context["trial"].state != "good"
    assert KEY not in page.content.decode()


def test_nobody_listening_is_said(signed_in: Client, task: SegmentTask, settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/us/v1"
        endpoint = replace(settings.SEGMENT_ENDPOINTS[RegionKey.OREGON], tracking_url=closed)
        settings.SEGMENT_ENDPOINTS = {**settings.SEGMENT_ENDPOINTS, RegionKey.OREGON: endpoint}
        page = send_test(signed_in, task)
    assert title(page) == "Segment cannot be reached"
    assert "none: no answer came" in text_of(page)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"user_id": ""}, "Both the user ID and the anonymous ID are empty"),
        ({"user_id": "${nowhere}"}, "The survey has no field “nowhere”"),
        ({"row-1-value": "x" * 32_700}, "Segment takes at most 32768 (32 KB)"),
        ({"sample": "typed", "sample_json": '{"a": }'}, "Not readable as JSON at line 1, column 7"),
        ({"user_id": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_sent_is_not_sent_and_does_not_count(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox, data: dict[str, str], words: str
) -> None:
    for _ in range(12):
        page = send_test(signed_in, task, **data)
    assert title(page).startswith("Not sent: ")
    assert words in unescape(text_of(page))
    assert records(sandbox) == []


def test_the_mark_counts_towards_the_limit(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox
) -> None:
    """An event that just fits without `context.test` does not with it."""
    make.make_submission(task.workflow.survey, {"email": "a@b.io"})
    address = reverse("task_preview", args=[task.pk])
    data = {"user_id": "${email}", "row-1-key": "a", "row-1-value": "x"}
    size = signed_in.post(address, {"step": "mappings", **data}).context["preview"].built.size
    data["row-1-value"] = "x" * (32_768 - size + 1)
    shown = signed_in.post(address, {"step": "mappings", **data}).context["preview"]
    assert (shown.built.size, shown.built.is_sendable) == (32_768, True)
    page = signed_in.post(reverse("task_test", args=[task.pk]), data, headers=HTMX)
    assert title(page) == "Not sent: the event has errors"
    assert records(sandbox) == []


@pytest.mark.parametrize(("columns", "step"), [({"source": None}, "source"), ({"region": ""}, "region")])
def test_an_unfinished_task_leads_to_the_step(
    signed_in: Client, task: SegmentTask, columns: dict[str, Any], step: str
) -> None:
    SegmentTask.objects.filter(pk=task.pk).update(**columns)
    page = send_test(signed_in, task)
    assert title(page) == "Not sent: the task is unfinished"
    assert f'href="{url(task, step)}"' in text_of(page)
    assert send_test(signed_in, task, {}).status_code == 303


def test_a_write_key_that_is_gone_is_said(signed_in: Client, task: SegmentTask) -> None:
    Source.objects.filter(pk=task.source_id).update(write_key="")
    assert title(send_test(signed_in, task)) == "Not sent: the task is unfinished"


def test_a_write_key_that_does_not_decrypt_is_said(signed_in: Client, task: SegmentTask) -> None:
    table = Source._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET write_key = 'gAAAAABnonsense' WHERE id = %s", [task.source_id])
    page = send_test(signed_in, task)
    assert title(page) == "Not sent: the write key cannot be read"
    assert "FIELD_ENCRYPTION_KEY" in text_of(page)


def test_ten_a_minute_and_a_person(
    signed_in: Client,
    task: SegmentTask,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = [send_test(signed_in, task) for _ in range(11)]
    assert "You can send 9 more within this minute." in text_of(pages[0])
    assert "You can send 0 more within this minute." in text_of(pages[9])
    assert title(pages[10]) == "Not sent: too many test events"
    assert "You may send 10 test events a minute. Try again in 40 s." in text_of(pages[10])
    assert len(records(sandbox)) == 10
    other = Client()
    other.force_login(make.make_user(task.workflow.brand))
    assert title(send_test(other, task)) == "Segment took the test event"
    monkeypatch.setattr(trial_limit, "time", lambda: 1_000_000_080.0)
    assert title(send_test(signed_in, task)) == "Segment took the test event"


def test_tests_that_hang_do_not_take_all_threads(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox
) -> None:
    for _ in range(trial.MAX_AT_ONCE):
        assert trial._places.acquire(blocking=False)
    try:
        assert title(send_test(signed_in, task)) == "Not sent: too many tests at once"
    finally:
        for _ in range(trial.MAX_AT_ONCE):
            trial._places.release()
    assert title(send_test(signed_in, task)) == "Segment took the test event"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_it_is_sent(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    send_batch = TrackingApi.send_batch

    def watch(self: TrackingApi, *args: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return send_batch(self, *args)

    monkeypatch.setattr(TrackingApi, "send_batch", watch)
    send_test(signed_in, task)
    assert seen == [False]


def test_a_saved_task_is_two_clicks_from_its_test(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox
) -> None:
    SegmentTask.objects.filter(pk=task.pk).update(user_id="${email}")
    task.refresh_from_db()
    make.revise_task(task)
    card = signed_in.get(reverse("workflow_detail", args=[task.workflow_id]))
    edit = reverse("task_detail", args=[task.pk])
    assert f'href="{edit}"' in text_of(card)
    page = signed_in.get(edit, follow=True)
    assert f'formaction="{reverse("task_test", args=[task.pk])}#trial"' in text_of(page)


def test_the_queries_are_few(
    signed_in: Client, task: SegmentTask, sandbox: RunningSandbox, django_assert_max_num_queries: Any
) -> None:
    make.make_submission(task.workflow.survey)
    with django_assert_max_num_queries(6):
        assert title(send_test(signed_in, task)) == "Segment took the test event"
