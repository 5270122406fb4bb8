"""The account step: choosing, clearing what depends on it, and adding an account inside it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Brand, SegmentAccount, User
from segment.sandbox import RunningSandbox
from tests import factories as make
from tests.workflows.wizard.conftest import NewTask, messages, text_of, url
from workflows.models import SegmentTask

pytestmark = pytest.mark.django_db


def test_choosing_leads_to_the_workspace(
    signed_in: Client, new_task: NewTask, account: SegmentAccount
) -> None:
    task = new_task()
    response = signed_in.post(url(task, "account"), {"account": account.pk})
    assert (response.status_code, response.url) == (303, url(task, "workspace"))
    task.refresh_from_db()
    assert task.account == account


def test_shared_and_own_accounts_are_offered_and_no_others(
    signed_in: Client, new_task: NewTask, brand: Brand, user: User, account: SegmentAccount
) -> None:
    mine = make.make_account(brand, owner=user, name="Mine")
    make.make_account(brand, owner=make.make_user(brand), name="Theirs")
    make.make_account(make.make_brand("Globex"), name="Elsewhere")
    cards = signed_in.get(url(new_task(), "account")).context["cards"]
    assert [(card["account"], card["owner"]) for card in cards] == [
        (account, "shared by your brand"),
        (mine, "personal"),
    ]


def test_a_single_account_is_chosen_for_a_start(
    signed_in: Client, new_task: NewTask, account: SegmentAccount
) -> None:
    (card,) = signed_in.get(url(new_task(), "account")).context["cards"]
    assert card["is_chosen"]


def test_another_members_personal_account_is_refused(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    theirs = make.make_account(brand, owner=make.make_user(brand))
    task = new_task()
    response = signed_in.post(url(task, "account"), {"account": theirs.pk})
    assert response.status_code == 200
    assert response.context["form"].errors == {
        "account": ["You may not use this account. Choose one from the list."]
    }
    task.refresh_from_db()
    assert task.account is None


@pytest.mark.parametrize("posted", ["", "x", "99999"])
def test_no_account_is_an_error_beside_the_field(signed_in: Client, new_task: NewTask, posted: str) -> None:
    response = signed_in.post(url(new_task(), "account"), {"account": posted})
    assert list(response.context["form"].errors) == ["account"]


def test_another_brands_account_is_refused(signed_in: Client, new_task: NewTask) -> None:
    elsewhere = make.make_account(make.make_brand("Globex"))
    response = signed_in.post(url(new_task(), "account"), {"account": elsewhere.pk})
    assert list(response.context["form"].errors) == ["account"]


def test_a_colleagues_account_that_is_chosen_already_is_named_and_may_stay(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    theirs = make.make_account(brand, owner=make.make_user(brand, name="Omar"), name="Omar’s")
    task = new_task("event", account=theirs)
    page = signed_in.get(url(task, "account"))
    card = next(card for card in page.context["cards"] if card["account"] == theirs)
    assert (card["owner"], card["is_chosen"], card["is_foreign"]) == ("personal to Omar", True, True)
    assert "only its owner can list its sources" in text_of(page)
    response = signed_in.post(url(task, "account"), {"account": theirs.pk})
    assert response.status_code == 303
    task.refresh_from_db()
    assert (task.account, task.source is None) == (theirs, False)


def test_another_account_clears_what_depends_on_it_and_says_what(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    task = new_task("mappings", user_id="${email}", rows=[{"key": "a", "value": "b"}], is_region_forced=True)
    other = make.make_account(brand)
    signed_in.post(url(task, "account"), {"account": other.pk})
    task.refresh_from_db()
    assert (task.account, task.workspace_id, task.workspace_name, task.source, task.region) == (
        other,
        "",
        "",
        None,
        "",
    )
    assert (task.is_region_forced, task.event_type, task.user_id, task.rows) == (
        False,
        "identify",
        "${email}",
        [{"key": "a", "value": "b"}],
    )
    assert messages(signed_in.get(url(task, "account"))) == [
        "The account changed, so these were cleared: workspace “Acme”, source “website”, region Oregon. "
        "The event and the mappings are as they were."
    ]


def test_only_what_was_chosen_is_said_to_be_cleared(
    signed_in: Client, new_task: NewTask, brand: Brand
) -> None:
    task = new_task("source")
    signed_in.post(url(task, "account"), {"account": make.make_account(brand).pk})
    (message,) = messages(signed_in.get(url(task, "account")))
    assert message.startswith("The account changed, so these were cleared: workspace “Acme”.")


def test_choosing_the_same_again_clears_nothing(
    signed_in: Client, new_task: NewTask, account: SegmentAccount
) -> None:
    task = new_task("mappings")
    before = SegmentTask.objects.filter(pk=task.pk).values().get()
    response = signed_in.post(url(task, "account"), {"account": account.pk}, follow=False)
    after = SegmentTask.objects.filter(pk=task.pk).values().get()
    assert (response.status_code, after) == (303, before)
    assert messages(signed_in.get(url(task, "account"))) == []


def test_a_write_key_account_brings_its_source(signed_in: Client, new_task: NewTask, brand: Brand) -> None:
    account = make.make_account(brand, kind="write_key", token="wk-123456", name="Free plan")
    task = new_task()
    signed_in.post(url(task, "account"), {"account": account.pk})
    task.refresh_from_db()
    assert task.source is not None
    assert (task.source.account, task.source.name, task.source.write_key_last4) == (
        account,
        "Free plan",
        "3456",
    )


def test_the_first_account_is_asked_for_with_the_token_steps(
    signed_in: Client, new_task: NewTask, account: SegmentAccount
) -> None:
    task = new_task()
    account.delete()
    page = text_of(signed_in.get(url(task, "account")))
    assert "You have none yet" in page
    assert '<details class="adder" id="add-account" open>' in page
    assert "How to find an API token" in page


def test_adding_an_account_connects_and_chooses_it(
    signed_in: Client, new_task: NewTask, user: User, sandbox: RunningSandbox
) -> None:
    task = new_task()
    data = {"name": "My Dublin", "kind": "token", "token": "sandbox-dublin-owner"}
    response = signed_in.post(reverse("task_account_add", args=[task.pk]), data)
    assert (response.status_code, response.url) == (303, url(task, "workspace"))
    task.refresh_from_db()
    assert task.account is not None
    assert (task.account.name, task.account.owner, task.account.region) == ("My Dublin", user, "dublin")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("sandbox-unknown", "Segment does not know this token."),
        ("sandbox-oregon-limited", "Segment asks to wait 7 seconds before the next request."),
        ("", "Paste the token you created in Segment."),
    ],
)
def test_an_account_that_cannot_be_added_keeps_what_was_typed(
    signed_in: Client, new_task: NewTask, sandbox: RunningSandbox, token: str, words: str
) -> None:
    task = new_task()
    data = {"name": "My own", "kind": "token", "token": token}
    response = signed_in.post(reverse("task_account_add", args=[task.pk]), data)
    page = text_of(response)
    assert response.status_code == 200
    assert words in page
    assert 'value="My own"' in page
    assert 'id="add-account" open' in page
    assert not token or token not in page
    task.refresh_from_db()
    assert task.account is None


def test_no_secret_is_on_the_page(signed_in: Client, new_task: NewTask) -> None:
    task = new_task("mappings", write_key="very-secret-write-key")
    for step in ("account", "event", "region", "mappings"):
        page = text_of(signed_in.get(url(task, step)))
        assert "sandbox-oregon-owner" not in page
        assert "very-secret-write-key" not in page
