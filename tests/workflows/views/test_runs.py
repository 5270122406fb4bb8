"""The list of runs: what it shows, filters, paging, polling."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Brand
from tests.factories import make_brand, make_submission, make_survey, make_task, make_workflow
from tests.workflows.views.helpers import HTMX, count_queries, make_delivery, make_skipped
from workflows.models import SegmentTask, Survey, Workflow
from workflows.selectors.runs import PAGE_SIZE

RUNS = reverse("run_list")


def shown(client: Client, **query: object) -> list[UUID]:
    return [run.submission.pk for run in client.get(RUNS, query).context["page"].runs]


def statuses(client: Client, **query: object) -> list[list[str]]:
    runs = client.get(RUNS, query).context["page"].runs
    return [[line.status for line in run.lines] for run in runs]


def test_somebody_not_signed_in_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get(RUNS).url == f"{reverse('sign_in')}?next={RUNS}"


def test_lists_the_brands_submissions_newest_first(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    old, new = make_submission(survey), make_submission(survey)
    make_submission(make_survey(make_brand("Other")))
    make_delivery(old, task)
    make_delivery(new, task)
    assert shown(signed_in) == [new.pk, old.pk]


def test_a_submission_has_one_line_per_task_in_the_order_of_the_flow(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    second = make_task(workflow, event_type="track", event_name="Survey Completed", position=1)
    first = make_task(workflow, position=0)
    submission = make_submission(survey)
    make_delivery(submission, second, "failed", reason="gave_up", reason_params={"hours": 24, "attempts": 9})
    make_delivery(submission, first, "accepted", attempt_count=1)
    (run,) = signed_in.get(RUNS).context["page"].runs
    assert [(line.task.event, line.status, line.attempts) for line in run.lines if line.task] == [
        ("Identify", "accepted", 1),
        ("Track “Survey Completed”", "failed", 0),
    ]
    assert "did not take the event for 24 hours" in run.lines[1].reason


def test_a_submission_the_worker_has_not_planned_waits(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    submission = make_submission(survey)
    assert statuses(signed_in) == [["pending"]]
    assert shown(signed_in, status="waiting") == [submission.pk]
    assert shown(signed_in, workflow=task.workflow_id) == [submission.pk]
    assert shown(signed_in, workflow=task.workflow_id, status="waiting") == [submission.pk]
    assert shown(signed_in, status="accepted") == []


def test_what_waits_in_another_brand_is_not_shown(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    make_submission(make_survey(make_brand("Other")))
    assert shown(signed_in, status="waiting") == []
    assert shown(signed_in, workflow=workflow.pk, status="waiting") == []


def test_what_no_task_takes_is_listed_as_skipped(signed_in: Client, survey: Survey) -> None:
    make_skipped(make_submission(survey))
    assert statuses(signed_in) == [["skipped"]]
    assert "has a saved Segment task" in signed_in.get(RUNS).text


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("waiting", ["pending"]),
        ("accepted", ["accepted"]),
        ("problem", ["failed", "rejected"]),
        ("rejected", ["rejected"]),
        ("failed", ["failed"]),
        ("skipped", ["skipped"]),
    ],
)
def test_filters_by_status(
    signed_in: Client, survey: Survey, task: SegmentTask, status: str, expected: list[str]
) -> None:
    for state in ("pending", "accepted", "rejected", "skipped", "failed"):
        make_delivery(make_submission(survey), task, state)
    assert statuses(signed_in, status=status) == [[state] for state in expected]
    assert statuses(signed_in, status=status, workflow=task.workflow_id) == [[state] for state in expected]


def test_a_filter_leaves_only_the_lines_that_match(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    submission = make_submission(survey)
    make_delivery(submission, make_task(workflow), "accepted")
    make_delivery(submission, make_task(workflow), "rejected")
    assert statuses(signed_in) == [["accepted", "rejected"]]
    assert statuses(signed_in, status="rejected") == [["rejected"]]


def test_filters_by_workflow(signed_in: Client, survey: Survey, workflow: Workflow) -> None:
    task, other = make_task(workflow), make_task(make_workflow(survey, name="Other flow"))
    mine, both = make_submission(survey), make_submission(survey)
    theirs = make_submission(survey)
    for submission, to in ((mine, task), (both, task), (both, other), (theirs, other)):
        make_delivery(submission, to)
    assert shown(signed_in, workflow=workflow.pk) == [both.pk, mine.pk]


def test_another_brands_workflow_cannot_be_asked_for(stranger: Client, workflow: Workflow) -> None:
    assert stranger.get(RUNS, {"workflow": workflow.pk}).status_code == 404


@pytest.mark.parametrize(
    "query", [{"workflow": "x"}, {"workflow": "0"}, {"status": "lost"}, {"before": "yesterday"}]
)
def test_an_address_that_means_nothing_is_not_found(signed_in: Client, query: dict[str, str]) -> None:
    assert signed_in.get(RUNS, query).status_code == 404


def test_a_huge_workflow_number_is_not_found(signed_in: Client) -> None:
    assert signed_in.get(RUNS, {"workflow": "9" * 40}).status_code == 404


def test_no_run_is_lost_or_doubled_while_new_ones_arrive(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    submissions = [make_submission(survey) for _ in range(PAGE_SIZE * 2 + 3)]
    for submission in submissions:
        make_delivery(submission, task)
    seen: list[UUID] = []
    url = RUNS
    while url:
        response = signed_in.get(url)
        seen += [run.submission.pk for run in response.context["page"].runs]
        make_submission(survey)  # one more arrives between two pages
        url = response.context["older_url"]
    assert seen == [submission.pk for submission in reversed(submissions)]


@pytest.mark.parametrize("status", ["problem", "waiting"])
def test_pages_of_a_filter_join_without_a_gap(
    signed_in: Client, survey: Survey, task: SegmentTask, status: str
) -> None:
    """Two statuses (and what is not planned yet) come from several queries, merged."""
    states = {"problem": ["rejected", "failed", "rejected"], "waiting": ["pending", "pending", ""]}[status]
    wanted = []
    for number in range(PAGE_SIZE * 2 + 1):
        submission = make_submission(survey)
        make_delivery(make_submission(survey), task, "accepted")
        wanted.append(submission.pk)
        if state := states[number % 3]:
            make_delivery(submission, task, state)
    seen: list[UUID] = []
    url = f"{RUNS}?status={status}"
    while url:
        response = signed_in.get(url)
        seen += [run.submission.pk for run in response.context["page"].runs]
        url = response.context["older_url"]
    assert seen == wanted[::-1]


def test_the_last_page_has_no_older_one(signed_in: Client, survey: Survey, task: SegmentTask) -> None:
    for _ in range(PAGE_SIZE):
        make_delivery(make_submission(survey), task)
    assert signed_in.get(RUNS).context["older_url"] == ""


def test_the_newest_page_polls_and_can_be_paused(signed_in: Client, survey: Survey) -> None:
    make_submission(survey)
    text = signed_in.get(RUNS).text
    assert re.findall(r'hx-trigger="every 3s"', text) == ['hx-trigger="every 3s"']
    assert 'href="/runs/?live=off"' in text
    paused = signed_in.get(RUNS, {"live": "off"}).text
    assert "every 3s" not in paused
    assert re.search(r'id="runs-live"\s+href="/runs/"', paused)


def test_an_older_page_does_not_poll(signed_in: Client, survey: Survey) -> None:
    newest = [make_submission(survey) for _ in range(2)][1]
    text = signed_in.get(RUNS, {"before": newest.pk}).text
    assert "every 3s" not in text
    assert "Newest" in text


def test_a_poll_is_answered_only_when_something_changed(
    signed_in: Client, survey: Survey, task: SegmentTask
) -> None:
    delivery = make_delivery(make_submission(survey), task, "pending")
    (poll,) = re.findall(r'hx-get="([^"]*seen=[^"]*)"', signed_in.get(f"{RUNS}?status=waiting").text)
    poll = poll.replace("&amp;", "&")
    assert signed_in.get(poll, headers=HTMX).status_code == 204
    type(delivery).objects.update(attempt_count=1, reason="rate_limited")
    changed = signed_in.get(poll, headers=HTMX)
    assert (changed.status_code, "Segment takes no more events" in changed.text) == (200, True)


def test_htmx_gets_the_list_only(signed_in: Client, survey: Survey) -> None:
    make_submission(survey)
    partial = signed_in.get(RUNS, headers=HTMX)
    assert partial.text.strip().startswith('<section id="runs"')
    assert "HX-Request" in partial.headers["Vary"]
    restored = signed_in.get(RUNS, headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert restored.text.lstrip().lower().startswith("<!doctype html>")


def test_three_runs_take_as_many_queries_as_one(
    signed_in: Client, survey: Survey, workflow: Workflow
) -> None:
    def add() -> None:
        make_delivery(make_submission(survey), make_task(workflow))

    add()
    queries = [{"": ""}, {"status": "problem"}, {"workflow": str(workflow.pk), "status": "accepted"}]
    urls = [f"{RUNS}?{'&'.join(f'{key}={value}' for key, value in query.items())}" for query in queries]
    one = [count_queries(signed_in, url) for url in urls]
    add()
    add()
    assert [count_queries(signed_in, url) for url in urls] == one


def test_without_any_run_the_page_says_how_to_get_one(signed_in: Client) -> None:
    assert "Nothing has come in yet" in signed_in.get(RUNS).text


def test_a_filter_without_a_match_offers_all_runs(signed_in: Client, survey: Survey) -> None:
    make_submission(survey)
    text = signed_in.get(RUNS, {"status": "failed"}).text
    assert "No run matches" in text
    assert "Nothing has come in yet" not in text


def test_a_chosen_workflow_is_in_the_filter_whatever_its_age(
    signed_in: Client, brand: Brand, survey: Survey
) -> None:
    oldest = make_workflow(survey, name="Oldest")
    Workflow.objects.bulk_create(Workflow(brand=brand, survey=survey, name=f"W{n}") for n in range(100))
    option = rf'<option value="{oldest.pk}"\s+selected>Oldest</option>'
    assert re.search(option, signed_in.get(RUNS, {"workflow": oldest.pk}).text)
    assert "Oldest" not in signed_in.get(RUNS).text
