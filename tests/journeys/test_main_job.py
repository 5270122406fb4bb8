"""From an account to an event in Segment, as its users do it: with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.conftest import NewPage
from tests.journeys.pages import (
    Wizard,
    add_survey,
    add_workflow,
    share_account,
    status_of,
    submit_hosted_form,
)
from tests.journeys.waiting import expect_equal
from tests.product import Product, poll

ANSWERS = {"email": "grace@example.com", "plan": "pro", "rating": 7}


def wait_for_events(product: Product, after: int, count: int) -> list[dict[str, Any]]:
    """The debugger's new events, once there are `count`; more would fail."""
    events = poll(lambda: len(found := product.events(after)) >= count and found, 40, f"{count} events")
    assert len(events) == count
    return events


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_admin_shares_and_member_builds_a_task_that_sends(
    product: Product, new_page: NewPage, has_scripts: bool
) -> None:
    suffix = "scripts" if has_scripts else "plain"
    account, survey = f"Shared {suffix}", f"Survey {suffix}"
    share_account(new_page("admin", java_script_enabled=has_scripts), account, "sandbox-oregon-owner")

    page = new_page("member", java_script_enabled=has_scripts)
    add_survey(page, survey, ANSWERS)
    survey_url = page.get_by_role("link", name="Open the form").first.get_attribute("href")
    assert survey_url
    add_workflow(page, f"Workflow {suffix}", survey)
    wizard = Wizard(page)
    task_id = wizard.start()
    wizard.choose_account(account)
    wizard.confirm_workspace("Acme")
    wizard.create_source(f"journey-{suffix}")
    wizard.choose_track("Plan Rated")
    wizard.keep_region()
    wizard.map_user_id("${email}")
    wizard.add_field("plan.name", "${plan}")
    wizard.add_field("rating", "${rating}")
    wizard.save()

    after = product.last_seq()
    submission = submit_hosted_form(page, survey_url, ANSWERS)
    [record] = wait_for_events(product, after, 1)
    assert record["verdict"] == "accepted"
    assert record["event"]["properties"] == {"plan": {"name": "pro"}, "rating": 7}
    poll(lambda: status_of(page, submission) == ["Accepted"], what="the run to show accepted")
    wizard.open(task_id, "mappings", sample=submission)
    assert wizard.preview_event() == record["event"]


def test_demo_form_becomes_one_identify_and_one_track_equal_to_their_previews(
    product: Product, new_page: NewPage
) -> None:
    page = new_page("member")
    after = product.last_seq()
    answers = {"email": "ada@example.com", "name": "Ada Lovelace", "score": 9, "comment": "Schön & „klar“."}
    submission = submit_hosted_form(page, product.demo["survey_url"], answers)
    events = {record["event"]["type"]: record for record in wait_for_events(product, after, 2)}
    assert {kind: record["verdict"] for kind, record in events.items()} == {
        "identify": "accepted",
        "track": "accepted",
    }
    assert events["identify"]["event"]["traits"] == events["track"]["event"]["properties"] == answers
    page.goto("/workflows/")
    page.get_by_role("link", name="Feedback to Segment").click()
    links = page.get_by_role("link", name="Edit task")
    expect(links).to_have_count(2)
    addresses = [link.get_attribute("href") for link in links.all()]
    wizard = Wizard(page)
    previews = []
    for address in addresses:
        page.goto(f"{address}mappings/?sample={submission}")
        previews.append(wizard.preview_event())
    assert previews == [events["identify"]["event"], events["track"]["event"]]


def test_newest_submission_is_what_the_preview_starts_from(product: Product, new_page: NewPage) -> None:
    answer = requests.post(
        product.demo["submit_url"], json={"email": "new@example.com", "name": "New", "score": 1}, timeout=10
    )
    page = new_page("member")
    page.goto("/workflows/")
    page.get_by_role("link", name="Feedback to Segment").click()
    page.get_by_role("link", name="Edit task 1").click()
    page.get_by_role("link", name="Mappings").click()
    wizard = Wizard(page)
    wizard.expect_step("mappings")
    expect(page.get_by_label("Sample", exact=True)).to_have_value(answer.json()["submission"])
    expect_equal(lambda: wizard.preview_event()["userId"], "new@example.com")
