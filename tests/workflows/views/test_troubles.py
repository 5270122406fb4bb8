"""Where people see that Segment takes no events of a source just now: runs, flow and account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Brand, SegmentAccount, User
from tests.factories import make_account, make_source, make_submission, make_task, make_user
from tests.workflows.views.helpers import HTMX, make_delivery
from workflows.models import Delivery, SegmentTask, SourceState, Survey, Workflow

RUNS = reverse("run_list")
TEXT = "Segment answers events of Acme / website with an error (503)."


@pytest.fixture
def account(brand: Brand) -> SegmentAccount:
    return make_account(brand)


@pytest.fixture
def troubled(survey: Survey, workflow: Workflow, account: SegmentAccount) -> SegmentTask:
    """A task whose source rests, with two events that wait."""
    source = make_source(workflow.brand, account, workspace_name="Acme")
    task = make_task(workflow, source)
    for _ in range(2):
        make_delivery(make_submission(survey), task, "pending")
    SourceState.objects.create(
        source=source,
        failures=4,
        held_until=timezone.now() + timedelta(minutes=3),
        reason="segment_error",
        status_code=503,
        changed_at=timezone.now(),
    )
    return task


def read(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def test_the_runs_say_why_events_wait_until_when_and_how_many(
    signed_in: Client, troubled: SegmentTask
) -> None:
    for headers in ({}, HTMX):
        text = read(signed_in, RUNS, **headers)
        assert f"{TEXT} Next try: " in text
        assert "in 2 minutes" in text
        assert "2 events wait and are sent by themselves." in text


def test_the_older_runs_say_it_not(signed_in: Client, troubled: SegmentTask) -> None:
    newest = Delivery.objects.order_by("-submission_id").first()
    assert newest is not None
    assert TEXT not in read(signed_in, f"{RUNS}?before={newest.submission_id}")


def test_the_live_runs_change_with_the_trouble(signed_in: Client, troubled: SegmentTask) -> None:
    (poll,) = re.findall(r'hx-get="([^"]*seen=[^"]*)"', signed_in.get(RUNS, headers=HTMX).text)
    assert signed_in.get(poll, headers=HTMX).status_code == 204
    SourceState.objects.update(failures=0, held_until=None)
    answer = signed_in.get(poll, headers=HTMX)
    assert answer.status_code == 200
    assert TEXT not in answer.text


def test_the_flow_says_it_on_the_card_of_each_task_with_that_source(
    signed_in: Client, workflow: Workflow, troubled: SegmentTask
) -> None:
    make_task(workflow)
    make_task(workflow, saved=False)
    url = reverse("workflow_detail", args=[workflow.pk])
    assert read(signed_in, url).count(TEXT) == 1
    cards = signed_in.get(url).context["cards"]
    assert [bool(card.trouble) for card in cards] == [True, False, False]


def test_a_card_tells_of_the_source_it_sends_to_not_of_the_one_chosen_in_its_draft(
    signed_in: Client, workflow: Workflow, troubled: SegmentTask
) -> None:
    SegmentTask.objects.filter(pk=troubled.pk).update(source=make_source(workflow.brand))
    assert TEXT in read(signed_in, reverse("workflow_detail", args=[workflow.pk]))


@pytest.mark.parametrize("role", ["admin", "member"])
def test_the_account_says_it(brand: Brand, account: SegmentAccount, troubled: SegmentTask, role: str) -> None:
    client = Client()
    user = make_user(brand, role)
    client.force_login(user)
    if role == "member":
        SegmentAccount.objects.filter(pk=account.pk).update(owner=user)
    assert f"{TEXT} Next try: " in read(client, reverse("account_detail", args=[account.pk]))


def test_an_account_whose_sources_are_well_says_nothing(
    brand: Brand, member: User, signed_in: Client, troubled: SegmentTask
) -> None:
    other = make_account(brand, owner=member)
    make_source(brand, other)
    assert "Next try" not in read(signed_in, reverse("account_detail", args=[other.pk]))


def test_another_brand_hears_nothing_of_it(
    stranger: Client, workflow: Workflow, account: SegmentAccount, troubled: SegmentTask
) -> None:
    assert "Acme / website" not in read(stranger, RUNS)
    assert stranger.get(reverse("workflow_detail", args=[workflow.pk])).status_code == 404
    assert stranger.get(reverse("account_detail", args=[account.pk])).status_code == 404


def test_a_name_is_text_not_markup(signed_in: Client, brand: Brand, troubled: SegmentTask) -> None:
    assert troubled.source is not None
    type(troubled.source).objects.update(workspace_name="<b>Acme", name="<script>x")
    text = signed_in.get(RUNS).text
    assert "&lt;b&gt;Acme / &lt;script&gt;x" in text
    assert "<script>x" not in text
