"""The steps workspace, event and region."""

from __future__ import annotations

import pytest
import requests
from django.test import Client

from accounts.models import Brand, SegmentAccount
from segment.sandbox import RunningSandbox, fixtures
from tests import factories as make
from tests.workflows.wizard.conftest import NewTask, messages, text_of, url
from workflows.models import SegmentTask

pytestmark = pytest.mark.django_db

FIXED_NAME = "An event’s name is the same for every submission. Send the answer as a field instead."
TO_DUBLIN = {"is_alternative": "on", "region": "dublin"}


# Workspace


def test_the_tokens_workspace_is_shown_as_segment_tells_it_now(
    signed_in: Client, new_task: NewTask, account: SegmentAccount, sandbox: RunningSandbox
) -> None:
    SegmentAccount.objects.filter(pk=account.pk).update(workspace_name="Old name")
    page = signed_in.get(url(new_task("workspace"), "workspace"))
    assert page.context["account"].workspace_name == "Acme"
    assert page.context["trouble"] == ""


def test_going_on_takes_the_workspace(signed_in: Client, new_task: NewTask, account: SegmentAccount) -> None:
    task = new_task("workspace")
    response = signed_in.post(url(task, "workspace"))
    assert (response.status_code, response.url) == (303, url(task, "source"))
    task.refresh_from_db()
    assert (task.workspace_id, task.workspace_name) == (fixtures.ACME.id, "Acme")


def test_the_same_workspace_clears_nothing(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings")
    source = task.source
    signed_in.post(url(task, "workspace"))
    task.refresh_from_db()
    assert task.source == source
    assert messages(signed_in.get(url(task, "event"))) == []


def test_another_workspace_clears_the_source_and_says_so(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", workspace_id="another", workspace_name="Another")
    signed_in.post(url(task, "workspace"))
    task.refresh_from_db()
    assert (task.source, task.workspace_name, task.region) == (None, "Acme", "oregon")
    assert messages(signed_in.get(url(task, "account"))) == [
        "The workspace changed, so this was cleared: source “website”. "
        "The event and the mappings are as they were."
    ]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 503}, "Segment has a problem of its own at the moment."),
        (
            {"kind": "status", "status": 429, "retry_after": 9},
            "Segment asks to wait 9 seconds before the next request.",
        ),
        ({"kind": "reset"}, "Segment cannot be reached from this server."),
        ({"kind": "status", "status": 401}, "Segment does not know this token."),
    ],
)
def test_segment_out_of_reach_leaves_the_step_usable(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, fault: dict[str, object], words: str
) -> None:
    assert requests.post(f"{sandbox.url}/faults", json={"api": "public", **fault}, timeout=5).ok
    task = new_task("workspace")
    page = signed_in.get(url(task, "workspace"))
    text = text_of(page)
    assert page.status_code == 200
    assert page.context["trouble"].startswith(words)
    assert "Try again" in text
    assert "as Segment last told it" in text
    assert signed_in.post(url(task, "workspace")).status_code == 303


def test_segment_too_slow_is_a_time_out(
    signed_in: Client, new_task: NewTask, brand: Brand, sandbox: RunningSandbox, settings: object
) -> None:
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.2  # type: ignore[attr-defined]
    task = new_task("workspace", account=make.make_account(brand, token="sandbox-oregon-slow"))
    page = signed_in.get(url(task, "workspace"))
    assert page.context["trouble"] == "Segment did not answer in time. Try again in a minute."


def test_a_write_key_has_no_workspace_to_choose(signed_in: Client, new_task: NewTask, brand: Brand) -> None:
    task = new_task("workspace", account=make.make_account(brand, kind="write_key"))
    page = text_of(signed_in.get(url(task, "workspace")))
    assert "A write key belongs to one source; there is nothing to choose." in page
    assert signed_in.post(url(task, "workspace")).url == url(task, "source")


def test_a_colleagues_token_is_not_used_for_others(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    theirs = make.make_account(brand, owner=make.make_user(brand))
    page = signed_in.get(url(new_task("workspace", account=theirs), "workspace"))
    assert (page.status_code, page.context["trouble"]) == (200, "")
    assert "as the account’s owner connected it" in text_of(page)


# Event


def test_identify_needs_no_name(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("event")
    response = signed_in.post(url(task, "event"), {"event_type": "identify"})
    assert (response.status_code, response.url) == (303, url(task, "region"))
    task.refresh_from_db()
    assert task.event_type == "identify"


def test_track_keeps_its_name(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("event")
    signed_in.post(url(task, "event"), {"event_type": "track", "event_name": " Survey Completed "})
    task.refresh_from_db()
    assert (task.event_type, task.event_name) == ("track", "Survey Completed")


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"event_type": ["Choose identify or track."]}),
        ({"event_type": "track"}, {"event_name": ["Type the event’s name, such as “Survey Completed”."]}),
        (
            {"event_type": "track", "event_name": "Scored ${score}"},
            {"event_name": [FIXED_NAME]},
        ),
    ],
)
def test_what_is_wrong_with_the_event_stands_beside_it(
    signed_in: Client, new_task: NewTask, data: dict[str, str], errors: dict[str, list[str]]
) -> None:
    task = new_task("event")
    response = signed_in.post(url(task, "event"), data)
    assert (response.status_code, response.context["form"].errors) == (200, errors)
    assert data.get("event_name", "") in text_of(response)
    task.refresh_from_db()
    assert task.event_type == ""


def test_an_unknown_event_type_is_refused(signed_in: Client, new_task: NewTask) -> None:
    response = signed_in.post(url(new_task("event"), "event"), {"event_type": "page"})
    assert list(response.context["form"].errors) == ["event_type"]


def test_an_invalid_step_shows_the_draft_as_it_is_saved(signed_in: Client, new_task: NewTask) -> None:
    response = signed_in.post(url(new_task("region"), "event"), {"event_type": "track"})
    assert response.context["steps"][3].chosen == "Identify"


def test_names_of_the_brand_are_suggested_and_no_others(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    new_task("region", event_type="track", event_name="Survey Completed")
    elsewhere = make.make_workflow(make.make_survey(make.make_brand("Globex")))
    make.make_task(elsewhere, event_type="track", event_name="Secret Launch")
    page = signed_in.get(url(new_task("event"), "event"))
    assert list(page.context["event_names"]) == ["Survey Completed"]


# Region


def dublin_task(new_task: NewTask, brand: Brand, **columns: object) -> SegmentTask:
    return new_task("region", account=make.make_account(brand, region="dublin"), **columns)


def test_oregon_needs_no_choice(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("region")
    response = signed_in.post(url(task, "region"), {})
    assert (response.status_code, response.url) == (303, url(task, "mappings"))
    task.refresh_from_db()
    assert (task.region, task.is_region_forced) == ("oregon", False)


def test_the_accounts_region_is_set_beforehand(signed_in: Client, new_task: NewTask, brand: Brand) -> None:
    form = signed_in.get(url(dublin_task(new_task, brand), "region")).context["form"]
    assert form["is_alternative"].value() is True
    form = signed_in.get(url(new_task("region"), "region")).context["form"]
    assert form["is_alternative"].value() is False


def test_dublin_goes_through_where_the_token_proved_it(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    task = dublin_task(new_task, brand)
    assert signed_in.post(url(task, "region"), TO_DUBLIN).status_code == 303
    task.refresh_from_db()
    assert (task.region, task.is_region_forced) == ("dublin", False)


@pytest.mark.parametrize(
    ("proved", "chosen", "data"),
    [
        ("oregon", "Dublin", TO_DUBLIN),
        ("dublin", "Oregon", {}),
    ],
)
def test_a_contradiction_is_stopped_until_one_insists(
    signed_in: Client, new_task: NewTask, brand: Brand, proved: str, chosen: str, data: dict[str, str]
) -> None:
    task = new_task("region", account=make.make_account(brand, region=proved))
    response = signed_in.post(url(task, "region"), data)
    (reason,) = response.context["form"].errors["is_region_forced"]
    assert response.status_code == 200
    assert f"belongs to a workspace in {proved.title()}" in reason
    assert "Send there anyway" in text_of(response)
    task.refresh_from_db()
    assert task.region == ""

    assert signed_in.post(url(task, "region"), {**data, "is_region_forced": "on"}).status_code == 303
    task.refresh_from_db()
    assert (task.region, task.is_region_forced) == (chosen.lower(), True)
    lines = signed_in.get(url(task, "region")).context["steps"]
    assert lines[4].chosen == f"{chosen} · against the token"


def test_insisting_where_nothing_contradicts_is_not_kept(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("region")
    signed_in.post(url(task, "region"), {"is_region_forced": "on"})
    task.refresh_from_db()
    assert (task.region, task.is_region_forced) == ("oregon", False)


def test_send_there_anyway_is_not_offered_beforehand(signed_in: Client, new_task: NewTask) -> None:
    assert "Send there anyway" not in text_of(signed_in.get(url(new_task("region"), "region")))


def test_a_write_key_proves_nothing(signed_in: Client, new_task: NewTask, brand: Brand) -> None:
    account = make.make_account(brand, kind="write_key", region="oregon")
    task = new_task("region", account=account)
    assert signed_in.post(url(task, "region"), TO_DUBLIN).status_code == 303
    task.refresh_from_db()
    assert (task.region, task.is_region_forced) == ("dublin", False)


@pytest.mark.parametrize("region", ["", "mars", "oregon"])
def test_an_alternative_region_must_be_one(signed_in: Client, new_task: NewTask, region: str) -> None:
    response = signed_in.post(url(new_task("region"), "region"), {"is_alternative": "on", "region": region})
    assert "region" in response.context["form"].errors
