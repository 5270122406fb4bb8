"""Connecting, checking, replacing and removing accounts, against the sandbox."""

from __future__ import annotations

import pytest

from accounts.errors import AccountInUseError, OtherWorkspaceError, WriteKeyTakenError
from accounts.models import AccountHealth, AccountKind, SegmentAccount, Source
from accounts.secrets import account_token, source_write_keys, write_key_digest
from accounts.services import (
    check_account,
    connect_account,
    connect_write_key,
    remove_account,
    rename_account,
    replace_secret,
)
from segment.errors import BadToken, RateLimited, TimedOut, Unreachable
from segment.regions import build_endpoints
from segment.sandbox.fixtures import ACME, ACME_EU, LIMITED_RETRY_AFTER_SECONDS
from tests.factories import (
    make_account,
    make_brand,
    make_source,
    make_survey,
    make_task,
    make_user,
    make_workflow,
)

pytestmark = pytest.mark.django_db


def connect(token: str, owner: bool = False) -> SegmentAccount:
    brand = make_brand()
    user = make_user(brand, role="admin")
    return connect_account(
        brand=brand, owner=user if owner else None, created_by=user, name="Main", token=token
    )


@pytest.mark.parametrize(
    ("token", "region", "workspace", "health"),
    [
        ("sandbox-oregon-owner", "oregon", ACME, AccountHealth.GOOD),
        ("sandbox-dublin-owner", "dublin", ACME_EU, AccountHealth.GOOD),
        ("sandbox-oregon-readonly", "oregon", ACME, AccountHealth.NO_SOURCE_ADMIN),
    ],
)
def test_connecting_learns_region_workspace_and_health(sandbox, token, region, workspace, health):
    connect(f"  {token}\n")

    account = SegmentAccount.objects.get()
    facts = (account.region, account.workspace_id, account.workspace_name, account.health)
    assert facts == (region, workspace.id, workspace.name, health)
    assert (account.kind, account.secret_last4, account.is_shared) == (AccountKind.TOKEN, token[-4:], True)
    assert account.checked_at is not None
    assert account_token(account) == token


def test_a_personal_account_has_its_owner(sandbox):
    account = connect("sandbox-oregon-owner", owner=True)

    assert account.owner == account.created_by


@pytest.mark.parametrize(
    ("token", "error"),
    [("no-such-token", BadToken), ("sandbox-oregon-limited", RateLimited), ("sandbox-oregon-slow", TimedOut)],
)
def test_connecting_raises_what_segment_says_and_stores_nothing(sandbox, settings, token, error):
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.3

    with pytest.raises(error):
        connect(token)
    assert SegmentAccount.objects.count() == 0


def test_a_rate_limit_carries_its_seconds(sandbox):
    with pytest.raises(RateLimited) as caught:
        connect("sandbox-oregon-limited")
    assert caught.value.retry_after_seconds == LIMITED_RETRY_AFTER_SECONDS


def test_an_unreachable_segment_is_told(settings):
    settings.SEGMENT_ENDPOINTS = build_endpoints("http://127.0.0.1:9")

    with pytest.raises(Unreachable):
        connect("sandbox-oregon-owner")


@pytest.mark.django_db(transaction=True)
def test_segment_is_not_asked_inside_a_transaction(sandbox, monkeypatch):
    from django.db import connection

    from accounts.services import segment as module

    states = []
    real = module.detect_account
    monkeypatch.setattr(
        module, "detect_account", lambda *args: states.append(connection.in_atomic_block) or real(*args)
    )

    account = connect("sandbox-oregon-owner")
    check_account(account)
    replace_secret(account, "sandbox-oregon-readonly")

    assert states == [False, False, False]


def test_a_write_key_is_stored_with_its_source():
    brand = make_brand()
    user = make_user(brand)

    account = connect_write_key(
        brand=brand, owner=user, created_by=user, name="Site", write_key=" wk-1234567890 ", region="dublin"
    )

    account = SegmentAccount.objects.get(pk=account.pk)
    facts = (account.kind, account.region, account.health, account.secret_last4, account.workspace_id)
    assert facts == (AccountKind.WRITE_KEY, "dublin", AccountHealth.UNCHECKED, "7890", "")
    source = Source.objects.get()
    assert (source.account, source.name, source.segment_id, source.write_key_last4) == (
        account,
        "Site",
        "",
        "7890",
    )
    assert source_write_keys({source.pk}) == {source.pk: "wk-1234567890"}


def test_a_write_key_that_the_brand_knows_shares_the_source():
    brand = make_brand()
    user = make_user(brand)
    source = make_source(brand, write_key="wk-1234567890")

    connect_write_key(
        brand=brand, owner=None, created_by=user, name="Site", write_key="wk-1234567890", region="oregon"
    )

    assert Source.objects.get() == source


def test_checking_again_sees_a_token_that_was_revoked(sandbox):
    account = make_account(make_brand(), token="revoked-token")

    check_account(account)

    account.refresh_from_db()
    assert account.health == AccountHealth.BAD_TOKEN
    assert account.checked_at is not None


def test_checking_again_sees_a_permission_that_came_back(sandbox):
    account = make_account(make_brand(), health=AccountHealth.NO_SOURCE_ADMIN)

    check_account(account)

    account.refresh_from_db()
    assert (account.health, account.workspace_id) == (AccountHealth.GOOD, ACME.id)


def test_checking_again_without_an_answer_changes_nothing(sandbox, settings):
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.3
    account = make_account(make_brand(), token="sandbox-oregon-slow")

    with pytest.raises(TimedOut):
        check_account(account)

    account.refresh_from_db()
    assert (account.health, account.checked_at) == (AccountHealth.GOOD, None)


def test_checking_a_write_key_leaves_it_unchecked():
    account = make_account(make_brand(), kind=AccountKind.WRITE_KEY, health=AccountHealth.UNCHECKED)

    assert check_account(account).health == AccountHealth.UNCHECKED


def test_replacing_a_token_keeps_the_account(sandbox):
    account = connect("sandbox-oregon-readonly")

    replace_secret(account, " sandbox-oregon-owner ")

    account = SegmentAccount.objects.get()
    assert (account.health, account.secret_last4) == (AccountHealth.GOOD, "wner")
    assert account_token(account) == "sandbox-oregon-owner"


def test_a_token_of_another_workspace_does_not_replace(sandbox):
    account = connect("sandbox-oregon-owner")

    with pytest.raises(OtherWorkspaceError) as caught:
        replace_secret(account, "sandbox-dublin-owner")

    assert (caught.value.expected, caught.value.found) == ("Acme", "Acme EU")
    assert account_token(account) == "sandbox-oregon-owner"


def make_write_key_account(write_key: str = "wk-old-1111") -> SegmentAccount:
    brand = make_brand()
    user = make_user(brand)
    return connect_write_key(
        brand=brand, owner=None, created_by=user, name="Site", write_key=write_key, region="oregon"
    )


def test_replacing_a_write_key_gives_its_source_the_new_one():
    account = make_write_key_account()
    source = Source.objects.get()

    replace_secret(account, "wk-new-2222")

    source = Source.objects.get(pk=source.pk)
    assert source_write_keys({source.pk}) == {source.pk: "wk-new-2222"}
    assert (source.write_key_digest, source.write_key_last4) == (write_key_digest("wk-new-2222"), "2222")
    assert account_token(account) == "wk-new-2222"


def test_replacing_a_write_key_with_itself_is_harmless():
    account = make_write_key_account()

    replace_secret(account, "wk-old-1111")

    assert account_token(account) == "wk-old-1111"


def test_a_write_key_of_another_source_does_not_replace():
    account = make_write_key_account()
    make_source(account.brand, write_key="wk-taken-3333")

    with pytest.raises(WriteKeyTakenError):
        replace_secret(account, "wk-taken-3333")
    assert account_token(account) == "wk-old-1111"


def test_renaming_writes_the_name_alone(django_assert_num_queries):
    account = SegmentAccount.objects.get(pk=make_account(make_brand()).pk)

    with django_assert_num_queries(1):
        rename_account(account, "Other")

    account.refresh_from_db(fields=["name"])
    assert account.name == "Other"


@pytest.mark.parametrize("is_saved", [True, False])
def test_an_account_in_use_is_not_removed(is_saved):
    account = make_account(make_brand())
    workflow = make_workflow(make_survey(account.brand), name="Feedback")
    make_task(
        workflow, make_source(account.brand, account), saved=is_saved, event_type="track", event_name="Rated"
    )

    with pytest.raises(AccountInUseError) as caught:
        remove_account(account)

    assert caught.value.total == 1
    (use,) = caught.value.uses
    assert (use.workflow_name, use.event, use.is_saved) == ("Feedback", "track Rated", is_saved)
    assert SegmentAccount.objects.filter(pk=account.pk).exists()


@pytest.mark.parametrize("what", ["task", "workflow"])
def test_an_account_used_only_by_what_was_deleted_is_removed_and_its_sources_stay(what):
    from django.utils import timezone

    account = make_account(make_brand())
    workflow = make_workflow(make_survey(account.brand))
    task = make_task(workflow, make_source(account.brand, account))
    deleted = task if what == "task" else workflow
    deleted.deleted_at = timezone.now()
    deleted.save()

    remove_account(account)

    assert not SegmentAccount.objects.exists()
    assert Source.objects.get().account is None
