"""Who may use which account, and where accounts are used; never a secret."""

from __future__ import annotations

import pytest
from encrypted_model_fields import fields

from accounts.models import SegmentAccount, Source
from accounts.selectors import (
    AccountUse,
    Usage,
    account_cards,
    account_usage,
    accounts_usable_by,
    open_invitations,
    people_of,
    personal_accounts,
    shared_accounts,
)
from tests.factories import make_account, make_source, make_survey, make_task, make_user, make_workflow


@pytest.fixture
def _no_decryption(monkeypatch):
    def refuse(*_args):
        raise AssertionError("a secret was decrypted")

    monkeypatch.setattr(fields, "decrypt_str", refuse)


def test_a_person_may_use_shared_and_own_accounts(brand, member, admin, stranger):
    mine = make_account(brand, member, name="B mine")
    shared = make_account(brand, name="A shared")
    make_account(brand, admin, name="the admin's")
    make_account(stranger.brand, name="another brand's")

    assert list(accounts_usable_by(member)) == [shared, mine]
    assert list(shared_accounts(brand)) == [shared]
    assert list(personal_accounts(member)) == [mine]


@pytest.mark.usefixtures("_no_decryption")
@pytest.mark.parametrize("count", [1, 3])
def test_listing_neither_loads_nor_decrypts_secrets(brand, member, count, django_assert_num_queries):
    workflow = make_workflow(make_survey(brand))
    for _ in range(count):
        account = make_account(brand)
        make_task(workflow, make_source(brand, account), saved=False)

    with django_assert_num_queries(2):
        cards = account_cards(accounts_usable_by(member))
        assert [card.usage.total for card in cards] == [1] * count
    with django_assert_num_queries(1):
        assert len(list(Source.objects.all())) == count
    assert "secret" in SegmentAccount.objects.get(pk=account.pk).get_deferred_fields()


@pytest.mark.usefixtures("_no_decryption")
def test_the_trap_above_catches_a_decryption(brand):
    account = make_account(brand)
    with pytest.raises(AssertionError, match="decrypted"):
        SegmentAccount.objects.get(pk=account.pk).secret  # noqa: B018


def test_uses_are_in_order_and_limited(brand):
    account = make_account(brand)
    survey = make_survey(brand)
    second, first = make_workflow(survey, name="B"), make_workflow(survey, name="A")
    source = make_source(brand, account)
    late = make_task(second, source, event_type="track", event_name="Rated")
    early = make_task(first, source, saved=False, event_type="")
    make_task(second, source)

    uses = (
        AccountUse(first.pk, "A", early.pk, "", False),
        AccountUse(second.pk, "B", late.pk, "track Rated", True),
    )
    assert account_usage(account, limit=2) == Usage(uses, 3)
    assert account_usage(account, limit=2).more == 1


def test_an_account_without_tasks_is_unused(brand):
    assert account_usage(make_account(brand)) == Usage((), 0)


def test_people_are_the_active_ones_admins_first(brand, member, admin, stranger):
    make_user(brand, is_active=False)
    assert list(people_of(brand)) == [admin, member]


def test_invitations_are_the_brand_s(brand, admin, stranger):
    from accounts.services.invitations import invite_person

    invite_person(brand=stranger.brand, email="x@example.com", role="member", invited_by=stranger)
    invitation, _link = invite_person(brand=brand, email="y@example.com", role="member", invited_by=admin)
    assert list(open_invitations(brand)) == [invitation]
