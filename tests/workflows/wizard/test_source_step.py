"""The source step: listing, searching, picking and creating, and Segment's ways of saying no."""

from __future__ import annotations

import pytest
import requests
from django.test import Client
from django.urls import reverse

from accounts.models import Brand, SegmentAccount, Source
from accounts.secrets import source_write_keys
from segment.sandbox import RunningSandbox, fixtures
from tests import factories as make
from tests.workflows.wizard.conftest import HTMX, NewTask, messages, text_of, url
from workflows.models import SegmentTask

pytestmark = pytest.mark.django_db

MOBILE = fixtures.source_id("acme", "mobile-app")


@pytest.fixture
def large(brand: Brand, new_task: NewTask) -> SegmentTask:
    """A task in the workspace of 2,000 sources."""
    account = make.make_account(brand, token="sandbox-oregon-large", workspace_id=fixtures.GLOBEX.id)
    return new_task("source", account=account)


def list_url(task: SegmentTask, query: str = "") -> str:
    return reverse("task_sources", args=[task.pk]) + query


def break_segment(sandbox: RunningSandbox, **fault: object) -> None:
    assert requests.post(f"{sandbox.url}/faults", json={"api": "public", **fault}, timeout=5).ok


def call_count(sandbox: RunningSandbox, client: Client, address: str) -> int:
    """How many requests to the Public API one request of ours makes."""
    rule = {"kind": "delay", "seconds": 0, "api": "public"}
    added = requests.post(f"{sandbox.url}/faults", json=rule, timeout=5).json()
    client.get(address)
    rules = requests.get(f"{sandbox.url}/faults", timeout=5).json()["faults"]
    return int(next(rule["used"] for rule in rules if rule["id"] == added["id"]))


# Listing


def test_the_workspaces_sources_are_listed(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    page = signed_in.get(url(new_task("source"), "source"))
    assert [line.slug for line in page.context["sources"].lines] == list(fixtures.ACME_SLUGS)
    assert page.context["sources"].total == 4
    assert text_of(page).count("Disabled in Segment") == 1


def test_pages_of_fifty_follow_the_cursor(
    signed_in: Client, large: SegmentTask, sandbox: RunningSandbox
) -> None:
    first = signed_in.get(url(large, "source"))
    assert [line.slug for line in first.context["sources"].lines][::49] == ["store-0001", "store-0050"]
    assert "2,000 sources in the workspace." in text_of(first)
    second = signed_in.get(f"{url(large, 'source')}?{first.context['more_query']}")
    assert [line.slug for line in second.context["sources"].lines][::49] == ["store-0051", "store-0100"]


def test_htmx_gets_the_next_page_as_a_partial_whose_first_source_takes_the_focus(
    signed_in: Client, large: SegmentTask, sandbox: RunningSandbox
) -> None:
    more = signed_in.get(url(large, "source")).context["more_query"]
    part = text_of(signed_in.get(list_url(large, f"?{more}"), headers=HTMX))
    assert part.startswith('<div id="sources"')
    assert "<html" not in part
    assert part.count("data-focus") == 1
    assert "store-0051" in part.split("data-focus")[1][:200]


def test_the_lists_address_is_the_whole_page_without_htmx(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    page = signed_in.get(list_url(new_task("source")))
    assert "<h1>" in text_of(page)


def test_the_list_is_not_there_before_its_step(signed_in: Client, new_task: NewTask) -> None:
    assert signed_in.get(list_url(new_task("account")), headers=HTMX).status_code == 303


def test_a_search_looks_through_all_two_thousand(
    signed_in: Client, large: SegmentTask, sandbox: RunningSandbox
) -> None:
    page = signed_in.get(url(large, "source"), {"q": "STORE-19"})
    sources = page.context["sources"]
    assert (sources.match_count, sources.total, len(sources.lines)) == (100, 2_000, 50)
    assert "100 of 2,000 sources have “STORE-19” in their names." in text_of(page)
    rest = signed_in.get(f"{url(large, 'source')}?{page.context['more_query']}").context["sources"]
    assert [line.slug for line in rest.lines][::49] == ["store-1950", "store-1999"]
    assert rest.next_cursor == ""


def test_a_search_is_remembered_for_a_while(
    signed_in: Client, large: SegmentTask, sandbox: RunningSandbox
) -> None:
    assert call_count(sandbox, signed_in, list_url(large, "?q=store-1")) == 2
    assert call_count(sandbox, signed_in, list_url(large, "?q=store-12")) == 0


def test_nothing_found_says_so(signed_in: Client, large: SegmentTask, sandbox: RunningSandbox) -> None:
    page = text_of(signed_in.get(url(large, "source"), {"q": "<script>"}))
    assert "No source has this in its name." in page
    assert "<script>”" not in page


@pytest.mark.parametrize("cursor", ["nonsense", "9" * 30, "-1", "\x00"])
@pytest.mark.parametrize("query", ["", "store"])
def test_an_odd_cursor_is_not_an_error_of_ours(
    signed_in: Client, large: SegmentTask, sandbox: RunningSandbox, query: str, cursor: str
) -> None:
    assert signed_in.get(list_url(large), {"q": query, "cursor": cursor}, headers=HTMX).status_code == 200


def test_without_source_admin_nothing_can_be_picked_and_the_reason_is_there(
    signed_in: Client, new_task: NewTask, brand: Brand, sandbox: RunningSandbox
) -> None:
    task = new_task("source", account=make.make_account(brand, token="sandbox-oregon-readonly"))
    page = text_of(signed_in.get(url(task, "source")))
    assert "lacks the Source Admin permission" in page
    assert page.count("Cannot be picked: Segment shows no write key for it.") == 4
    response = signed_in.post(url(task, "source"), {"segment_id": MOBILE})
    assert "did not show this source’s write key" in text_of(response).replace("&#x27;", "’")
    task.refresh_from_db()
    assert task.source is None


@pytest.mark.parametrize("query", ["", "?q=web"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"kind": "status", "status": 429, "retry_after": 7},
            "Segment asks to wait 7 seconds before the next request.",
        ),
        ({"kind": "status", "status": 403}, "Segment does not let this token do that."),
        ({"kind": "status", "status": 500}, "Segment has a problem of its own at the moment."),
        ({"kind": "reset"}, "Segment cannot be reached from this server."),
    ],
)
def test_segments_errors_stand_in_place_with_try_again(
    signed_in: Client,
    new_task: NewTask,
    sandbox: RunningSandbox,
    fault: dict[str, object],
    words: str,
    query: str,
) -> None:
    break_segment(sandbox, **fault)
    task = new_task("source")
    for address, headers in ((url(task, "source"), {}), (reverse("task_sources", args=[task.pk]), HTMX)):
        response = signed_in.get(address + query, headers=headers)
        page = text_of(response)
        assert response.status_code == 200
        assert words in page
        assert f'href="{url(task, "source")}{query}"' in page
        assert "Try again" in page


def test_a_time_out_is_said(
    signed_in: Client, new_task: NewTask, brand: Brand, sandbox: RunningSandbox, settings: object
) -> None:
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.2  # type: ignore[attr-defined]
    task = new_task("source", account=make.make_account(brand, token="sandbox-oregon-slow"))
    assert "Segment did not answer in time." in text_of(signed_in.get(url(task, "source")))


# Picking


def test_picking_asks_segment_what_the_source_is(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    task = new_task("source")
    forged = {"segment_id": MOBILE, "name": "Forged", "write_key": "forged", "slug": "forged"}
    response = signed_in.post(url(task, "source"), forged)
    assert (response.status_code, response.url) == (303, url(task, "event"))
    task.refresh_from_db()
    assert task.source is not None
    assert (task.source.slug, task.source.segment_id, task.source.workspace_name) == (
        "mobile-app",
        MOBILE,
        "Acme",
    )
    assert source_write_keys({task.source.pk}) == {task.source.pk: fixtures.write_key("acme", "mobile-app")}


def test_another_workspaces_source_cannot_be_picked(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    task = new_task("source")
    globex = fixtures.source_id("globex", "store-0001")
    response = signed_in.post(url(task, "source"), {"segment_id": globex})
    assert response.status_code == 200
    assert "Segment no longer has this source." in text_of(response)
    task.refresh_from_db()
    assert task.source is None


@pytest.mark.parametrize("posted", ["..", "../x", "\x00", "a" * 200, "%2e%2e"])
def test_an_odd_id_is_an_error_beside_the_list(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, posted: str
) -> None:
    response = signed_in.post(url(new_task("source"), "source"), {"segment_id": posted})
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["segment_id"])


def test_nothing_picked_is_said(signed_in: Client, new_task: NewTask, sandbox: RunningSandbox) -> None:
    response = signed_in.post(url(new_task("source"), "source"), {})
    assert response.context["form"].errors == {"segment_id": ["Choose a source, or create one."]}


def test_an_error_while_picking_keeps_the_choice_for_another_try(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    break_segment(sandbox, kind="status", status=500, times=1)
    task = new_task("source")
    page = text_of(signed_in.post(url(task, "source"), {"segment_id": MOBILE}))
    assert "Segment has a problem of its own at the moment." in page
    assert f'<input type="hidden" name="segment_id" value="{MOBILE}">' in page
    assert signed_in.post(url(task, "source"), {"segment_id": MOBILE}).status_code == 303


def test_the_source_chosen_already_stays_without_asking_segment(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("event")
    assert task.source is not None
    response = signed_in.post(url(task, "source"), {"segment_id": task.source.segment_id})
    assert response.url == url(task, "event")


def test_with_segment_down_the_chosen_source_can_still_be_kept(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    break_segment(sandbox, kind="reset")
    page = text_of(signed_in.get(url(new_task("event"), "source")))
    assert 'id="source-chosen" checked' in page
    assert "Continue" in page


def test_a_write_key_has_no_source_to_choose(signed_in: Client, new_task: NewTask, brand: Brand) -> None:
    account = make.make_account(brand, kind="write_key", token="wk-abcdef")
    task = new_task("source", account=account, workspace_id="")
    assert "there is nothing to choose" in text_of(signed_in.get(url(task, "source")))
    assert signed_in.post(url(task, "source")).url == url(task, "event")
    task.refresh_from_db()
    assert task.source is not None
    assert task.source.write_key_last4 == "cdef"


# A colleague's personal account


def test_a_colleagues_sources_are_neither_listed_nor_picked_nor_created(
    signed_in: Client, new_task: NewTask, brand: Brand, sandbox: RunningSandbox
) -> None:
    theirs = make.make_account(brand, owner=make.make_user(brand, name="Omar"), name="Omar’s")
    task = new_task("source", account=theirs)
    address = url(task, "source")
    assert call_count(sandbox, signed_in, address) == 0
    assert "Only Omar can list its sources" in text_of(signed_in.get(address))
    assert call_count(sandbox, signed_in, list_url(task, "?q=web")) == 0
    response = signed_in.post(address, {"segment_id": MOBILE})
    assert response.context["form"].errors == {
        "segment_id": ["Only the account’s owner can choose another source of it."]
    }
    signed_in.post(reverse("task_source_create", args=[task.pk]), {"slug": "mine"})
    task.refresh_from_db()
    assert task.source is None


def test_a_colleagues_source_that_is_chosen_may_stay(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    task = new_task("event", account=make.make_account(brand, owner=make.make_user(brand)))
    assert signed_in.post(url(task, "source"), {}).url == url(task, "event")


# Creating


def create(client: Client, task: SegmentTask, slug: str) -> object:
    return client.post(reverse("task_source_create", args=[task.pk]), {"slug": slug})


def test_creating_makes_the_source_in_segment_and_picks_it(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    task = new_task("source")
    response = create(signed_in, task, "survey-2026")
    assert (response.status_code, response.url) == (303, url(task, "event"))
    task.refresh_from_db()
    assert task.source is not None
    assert task.source.slug == "survey-2026"
    page = signed_in.get(url(task, "source"))
    assert messages(page) == ["Created the source “survey-2026” and chose it."]
    assert "survey-2026" in [line.slug for line in page.context["sources"].lines]


def test_creating_twice_at_once_makes_one(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox
) -> None:
    task = new_task("source")
    assert [create(signed_in, task, "twice").status_code for _ in range(2)] == [303, 303]
    assert Source.objects.filter(slug="twice").count() == 1


@pytest.mark.parametrize("slug", ["Bad", "with space", "ünï", "a" * 101, "a/b", ""])
def test_the_name_rule_holds_on_the_server_and_nothing_is_lost(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, slug: str
) -> None:
    response = create(signed_in, new_task("source"), slug)
    assert response.status_code == 200
    assert list(response.context["name_form"].errors) == ["slug"]
    assert f'id="id_slug" value="{slug}"' in text_of(response)
    assert 'id="create-source" open' in text_of(response)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 429, "retry_after": 5}, "Segment asks to wait 5 seconds"),
        ({"kind": "status", "status": 403}, "Segment does not let this token do that."),
        ({"kind": "status", "status": 409}, "The workspace already has a source with this name."),
        ({"kind": "status", "status": 500}, "Segment has a problem of its own"),
    ],
)
def test_segments_no_stands_beside_the_name(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, fault: dict[str, object], words: str
) -> None:
    break_segment(sandbox, times=1, **fault)
    response = create(signed_in, new_task("source"), "fresh")
    (error,) = response.context["name_form"].errors["slug"]
    assert error.startswith(words)
    assert 'value="fresh"' in text_of(response)


def test_a_name_that_is_taken_is_said(signed_in: Client, new_task: NewTask, sandbox: RunningSandbox) -> None:
    response = create(signed_in, new_task("source"), "website")
    assert "already has a source with this name" in response.context["name_form"].errors["slug"][0]


def test_a_token_without_source_admin_cannot_create(
    signed_in: Client, new_task: NewTask, brand: Brand, sandbox: RunningSandbox
) -> None:
    task = new_task("source", account=make.make_account(brand, token="sandbox-oregon-readonly"))
    response = create(signed_in, task, "fresh")
    assert "Segment does not let this token do that." in response.context["name_form"].errors["slug"][0]


def test_a_time_out_while_creating_says_to_look(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, settings: object
) -> None:
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.2  # type: ignore[attr-defined]
    break_segment(sandbox, kind="hang", seconds=2, times=1)
    response = create(signed_in, new_task("source"), "perhaps")
    assert (
        "Look in the list whether the source is there now." in response.context["name_form"].errors["slug"][0]
    )


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("good-name", "This name follows Segment’s rule."),
        ("Bad Name", "Use lower-case letters"),
        ("", "Type a name for the source."),
    ],
)
def test_the_name_is_checked_as_typed(signed_in: Client, new_task: NewTask, slug: str, words: str) -> None:
    address = reverse("task_source_check_name", args=[new_task("source").pk])
    part = text_of(signed_in.get(address, {"slug": slug}, headers=HTMX))
    assert part.startswith('<div id="source-name"')
    assert words in part


def test_a_name_seen_in_a_search_is_known_to_be_taken(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, account: SegmentAccount
) -> None:
    task = new_task("source")
    signed_in.get(url(task, "source"), {"q": "web"})
    address = reverse("task_source_check_name", args=[task.pk])
    assert "already has a source with this name" in text_of(signed_in.get(address, {"slug": "website"}))
