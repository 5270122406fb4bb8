"""Listing, creating and remembering sources, against the sandbox."""

from __future__ import annotations

import pytest

from accounts.errors import MissingWriteKeyError, NoTokenError
from accounts.models import AccountHealth, AccountKind, SegmentAccount, Source
from accounts.secrets import source_write_keys
from accounts.services import (
    connect_write_key,
    create_source,
    fetch_source,
    list_sources,
    remember_source,
    write_key_source,
)
from segment import public_api
from segment.errors import BadToken, Conflict, PermissionDenied
from segment.sandbox.fixtures import ACME, ACME_EU, ACME_SLUGS, source_id, write_key
from tests.factories import make_account, make_brand, make_source, make_user

pytestmark = pytest.mark.django_db


def segment_source(**changes: object) -> public_api.Source:
    values = {
        "id": "src1",
        "slug": "website",
        "name": "Website",
        "workspace_id": "ws-oregon",
        "enabled": True,
        "write_keys": ("wk-first", "wk-second"),
        "metadata_name": "HTTP API",
    }
    return public_api.Source(**(values | changes))


@pytest.mark.parametrize(
    ("token", "region", "workspace"),
    [("sandbox-oregon-owner", "oregon", ACME), ("sandbox-dublin-owner", "dublin", ACME_EU)],
)
def test_sources_come_from_the_account_s_region(sandbox, token, region, workspace):
    page = list_sources(make_account(make_brand(), token=token, region=region))

    assert sorted(source.slug for source in page.sources) == sorted(ACME_SLUGS)
    assert {source.workspace_id for source in page.sources} == {workspace.id}


def test_sources_come_in_pages(sandbox):
    account = make_account(make_brand(), token="sandbox-oregon-large")

    first = list_sources(account, count=10)
    second = list_sources(account, first.next_cursor, 10)

    assert (len(first.sources), len(second.sources), first.total) == (10, 10, 2_000)
    assert not {source.id for source in first.sources} & {source.id for source in second.sources}


def test_one_source_is_fetched_by_its_id(sandbox):
    account = make_account(make_brand())

    source = fetch_source(account, source_id("acme", "website"))

    assert (source.slug, source.write_keys) == ("website", (write_key("acme", "website"),))


def test_a_source_is_created_once(sandbox):
    account = make_account(make_brand())

    created = create_source(account, "new-source")

    assert fetch_source(account, created.id).slug == "new-source"
    with pytest.raises(Conflict):
        create_source(account, "new-source")


def test_a_token_without_source_admin_creates_nothing(sandbox):
    with pytest.raises(PermissionDenied):
        create_source(make_account(make_brand(), token="sandbox-oregon-readonly"), "new-source")


def test_a_token_that_is_refused_on_the_way_is_remembered_as_refused(sandbox):
    account = make_account(make_brand(), token="revoked")

    with pytest.raises(BadToken):
        list_sources(account)

    assert SegmentAccount.objects.get().health == AccountHealth.BAD_TOKEN


def test_a_write_key_account_cannot_list():
    with pytest.raises(NoTokenError):
        list_sources(make_account(make_brand(), kind=AccountKind.WRITE_KEY))


def test_a_remembered_source_keeps_its_facts_and_its_first_key():
    account = make_account(make_brand())

    source = remember_source(account, segment_source())

    source = Source.objects.get(pk=source.pk)
    facts = (source.segment_id, source.slug, source.name, source.workspace_id, source.workspace_name)
    assert facts == ("src1", "website", "Website", "ws-oregon", "Acme")
    assert (source.account, source.brand, source.write_key_last4) == (account, account.brand, "irst")
    assert source_write_keys({source.pk}) == {source.pk: "wk-first"}


def test_a_source_is_remembered_once_by_any_of_its_keys():
    account = make_account(make_brand())
    known = make_source(account.brand, account, write_key="wk-second")

    assert remember_source(account, segment_source(name="Renamed")) == known
    assert Source.objects.get().name == "Renamed"


def test_a_bare_write_key_learns_its_source():
    brand = make_brand()
    connect_write_key(
        brand=brand,
        owner=None,
        created_by=make_user(brand),
        name="Key",
        write_key="wk-first",
        region="oregon",
    )

    source = remember_source(make_account(brand), segment_source())

    assert (Source.objects.get(), source.name, source.segment_id) == (source, "Website", "src1")


def test_another_brand_has_its_own_row():
    account, other = make_account(make_brand()), make_account(make_brand("Other"))

    assert remember_source(account, segment_source()) != remember_source(other, segment_source())


def test_a_source_without_write_keys_is_refused():
    with pytest.raises(MissingWriteKeyError):
        remember_source(make_account(make_brand()), segment_source(write_keys=()))
    assert not Source.objects.exists()


def test_the_source_of_a_write_key_account_is_found():
    brand = make_brand()
    source = make_source(brand, write_key="wk-first")
    account = connect_write_key(
        brand=brand,
        owner=None,
        created_by=make_user(brand),
        name="Key",
        write_key="wk-first",
        region="oregon",
    )

    assert write_key_source(account) == source
