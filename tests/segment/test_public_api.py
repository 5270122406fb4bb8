from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from segment.errors import (
    BadToken,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    RateLimited,
    SegmentError,
    ServerFailed,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
)
from segment.public_api import PublicApi, Source, SourcePage, Workspace
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import ACME, DEMO_TOKEN, DEMO_WRITE_KEY, source_id, write_key
from segment.transport import Timeouts
from tests.segment.conftest import CannedServer
from tests.segment.helpers import add_fault

QUICK = Timeouts(connect_seconds=0.5, read_seconds=0.2)


@pytest.fixture
def api(sandbox: RunningSandbox) -> PublicApi:
    return PublicApi(f"{sandbox.url}/us", DEMO_TOKEN)


def _api(sandbox: RunningSandbox, token: str) -> PublicApi:
    return PublicApi(f"{sandbox.url}/us", token)


def _canned_api(serve_canned: Callable[..., CannedServer], data: Any, **options: Any) -> PublicApi:
    return PublicApi(serve_canned(json.dumps(data).encode(), **options).url, "token")


def test_workspace_is_the_tokens_own(api: PublicApi) -> None:
    assert api.workspace() == Workspace(ACME.id, "acme", "Acme")


def test_a_token_may_be_pasted_with_blanks_around_it(sandbox: RunningSandbox) -> None:
    assert _api(sandbox, f"  {DEMO_TOKEN}\n").workspace().slug == "acme"


def test_sources_come_with_their_write_keys(api: PublicApi) -> None:
    page = api.sources()

    assert page.sources[0] == Source(
        id=source_id("acme", "website"),
        slug="website",
        name="website",
        workspace_id=ACME.id,
        enabled=True,
        write_keys=(DEMO_WRITE_KEY,),
        metadata_name="HTTP API",
    )
    assert [(source.slug, source.enabled) for source in page.sources] == [
        ("website", True),
        ("mobile-app", True),
        ("survey-responses", True),
        ("old-site", False),
    ]
    assert (page.next_cursor, page.total) == (None, 4)


@pytest.mark.parametrize("count", [1000, 333])
def test_all_of_two_thousand_sources_are_reached_by_the_cursor(sandbox: RunningSandbox, count: int) -> None:
    api = _api(sandbox, "sandbox-oregon-large")
    slugs: list[str] = []
    page = api.sources(count=count)
    while True:
        slugs += [source.slug for source in page.sources]
        assert page.total == 2000
        if page.next_cursor is None:
            break
        page = api.sources(page.next_cursor, count)

    assert slugs == [f"store-{number:04d}" for number in range(1, 2001)]


def test_without_source_admin_there_are_no_write_keys(sandbox: RunningSandbox) -> None:
    page = _api(sandbox, "sandbox-oregon-readonly").sources()

    assert [source.write_keys for source in page.sources] == [(), (), (), ()]


def test_one_source_by_its_id(api: PublicApi) -> None:
    assert api.source(source_id("acme", "mobile-app")).write_keys == (write_key("acme", "mobile-app"),)


@pytest.mark.parametrize(
    "unknown",
    [
        "nope",
        "",
        ".",
        "..",
        "a/b",
        "../sources",
        "a?b",
        "a#b",
        "%2e%2e",
        "ü",
        source_id("globex", "store-0001"),
    ],
)
def test_an_unknown_id_is_not_found_whatever_its_characters(api: PublicApi, unknown: str) -> None:
    with pytest.raises(NotFound):
        api.source(unknown)


def test_a_created_source_can_be_listed_and_used(api: PublicApi) -> None:
    created = api.create_source("new.site_1")

    assert (created.slug, created.enabled, created.workspace_id) == ("new.site_1", True, ACME.id)
    assert len(created.write_keys) == 1
    assert api.source(created.id) == created
    assert api.sources().sources[-1] == created


def test_a_further_write_key(api: PublicApi) -> None:
    source = api.create_source("two-keys")

    second = api.create_write_key(source.id)

    assert api.source(source.id).write_keys == (*source.write_keys, second)


def test_a_taken_slug_is_a_conflict(api: PublicApi) -> None:
    with pytest.raises(Conflict) as caught:
        api.create_source("website")

    assert (caught.value.status, caught.value.code, caught.value.field) == (409, "conflict", "slug")


@pytest.mark.parametrize("slug", ["Bad Name", "", "é"])
def test_a_bad_slug_is_invalid_and_the_field_is_named(api: PublicApi, slug: str) -> None:
    with pytest.raises(Invalid) as caught:
        api.create_source(slug)

    assert (caught.value.status, caught.value.field) == (422, "slug")


def test_creating_without_source_admin_is_denied(sandbox: RunningSandbox) -> None:
    api = _api(sandbox, "sandbox-oregon-readonly")

    with pytest.raises(PermissionDenied):
        api.create_source("mine")
    with pytest.raises(PermissionDenied):
        api.create_write_key(source_id("acme", "website"))


@pytest.mark.parametrize("count", [0, 1001])
def test_a_count_out_of_range_is_invalid(api: PublicApi, count: int) -> None:
    with pytest.raises(Invalid) as caught:
        api.sources(count=count)

    assert caught.value.field == "pagination.count"


def test_a_bad_cursor_is_invalid(api: PublicApi) -> None:
    with pytest.raises(Invalid) as caught:
        api.sources("bogus")

    assert caught.value.field == "pagination.cursor"


def test_rate_limited_says_how_long_to_wait(sandbox: RunningSandbox) -> None:
    with pytest.raises(RateLimited) as caught:
        _api(sandbox, "sandbox-oregon-limited").workspace()

    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 7)


@pytest.mark.parametrize("token", ["nope", "sandbox-dublin-owner"])
def test_an_unknown_token_or_one_of_the_other_region_is_bad(sandbox: RunningSandbox, token: str) -> None:
    with pytest.raises(BadToken) as caught:
        _api(sandbox, token).workspace()

    assert caught.value.status == 401


@pytest.mark.parametrize(
    "token", ["", " ", "two words", "new\nline", "tökén", "a\x00b", "“quoted”"], ids=repr
)
def test_what_cannot_be_a_token_is_bad_without_being_sent(serve_canned: Any, token: str) -> None:
    server = serve_canned(b"{}")

    with pytest.raises(BadToken) as caught:
        PublicApi(server.url, token).workspace()

    assert server.heads == []
    assert caught.value.status is None


def test_no_answer_in_time(sandbox: RunningSandbox) -> None:
    started = time.monotonic()

    with pytest.raises(TimedOut):
        PublicApi(f"{sandbox.url}/us", "sandbox-oregon-slow", QUICK).workspace()

    assert time.monotonic() - started < 5


def test_an_answer_that_drips_is_timed_out_too(serve_canned: Any) -> None:
    body = json.dumps({"data": {"workspace": {"id": "w", "name": "x" * 500}}}).encode()
    server = serve_canned(body, pause_seconds=0.02)
    timeouts = Timeouts(connect_seconds=0.5, read_seconds=2)
    started = time.monotonic()

    with pytest.raises(TimedOut):
        PublicApi(server.url, "token", timeouts).workspace()

    assert time.monotonic() - started < 8


def test_an_answer_cut_off_is_unreachable_and_one_that_stalls_timed_out(serve_canned: Any) -> None:
    cut_off = serve_canned(b'{"data', missing_bytes=10)
    stalling = serve_canned(b'{"data', missing_bytes=10, hold_seconds=5)

    with pytest.raises(Unreachable) as caught:
        PublicApi(cut_off.url, "token").workspace()
    assert not isinstance(caught.value, TimedOut)
    with pytest.raises(TimedOut):
        PublicApi(stalling.url, "token", QUICK).workspace()


def test_nothing_listens(unused_url: str) -> None:
    with pytest.raises(Unreachable) as caught:
        PublicApi(unused_url, "token").workspace()

    assert not isinstance(caught.value, TimedOut)
    assert caught.value.status is None


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid", "nonsense", "http://", "https://127.0.0.1:1", "http://a..b/"]
)
def test_whatever_is_wrong_with_the_address_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable):
        PublicApi(url, "token", QUICK).workspace()


def test_a_failing_server(sandbox: RunningSandbox, api: PublicApi) -> None:
    add_fault(sandbox, kind="status", api="public", status=502, times=1)

    with pytest.raises(ServerFailed) as caught:
        api.workspace()

    assert caught.value.status == 502


def test_a_connection_that_is_reset_is_unreachable_and_the_next_call_works(
    sandbox: RunningSandbox, api: PublicApi
) -> None:
    api.workspace()
    add_fault(sandbox, kind="reset", times=1)

    with pytest.raises(Unreachable):
        api.workspace()
    assert api.workspace().slug == "acme"


def test_a_redirect_is_not_followed(sandbox: RunningSandbox, api: PublicApi) -> None:
    add_fault(sandbox, kind="status", api="public", status=302, times=1)

    with pytest.raises(UnexpectedAnswer) as caught:
        api.workspace()

    assert caught.value.status == 302


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"data": []}', b'{"data": {}}', b'{"data": {"workspace": {}}}', b"[" * 100_000],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_not_segments_json_is_unexpected(serve_canned: Any, body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        PublicApi(serve_canned(body).url, "token").workspace()


@pytest.mark.parametrize(
    "data",
    [{}, {"sources": None}, {"sources": [1]}, {"sources": [{"slug": "no-id"}]}, {"sources": [{"id": 5}]}],
)
def test_a_list_of_sources_of_another_shape_is_unexpected(serve_canned: Any, data: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        _canned_api(serve_canned, {"data": data}).sources()


@pytest.mark.parametrize("data", [{}, {"writeKey": ""}, {"writeKey": {"a": 1}}])
def test_a_write_key_answer_without_one_is_unexpected(serve_canned: Any, data: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        _canned_api(serve_canned, {"data": data}).create_write_key("s")


def test_missing_and_unknown_fields_are_taken_as_they_come(serve_canned: Any) -> None:
    page = _canned_api(serve_canned, {"data": {"sources": [{"id": "s", "later": 1}], "new": {}}}).sources()

    assert page == SourcePage((Source("s", "", "", "", True, (), ""),), None, None)


def test_odd_types_do_no_harm(serve_canned: Any) -> None:
    source = {"id": "s", "slug": None, "name": 5, "enabled": None, "writeKeys": ["k", None], "metadata": []}
    pagination = {"next": 7, "totalEntries": "many"}

    page = _canned_api(serve_canned, {"data": {"sources": [source], "pagination": pagination}}).sources()

    assert page == SourcePage((Source("s", "", "", "", True, ("k",), ""),), None, None)


def test_an_endless_answer_is_cut_off(serve_canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment.public_api.MAX_ANSWER_BYTES", 1000)

    with pytest.raises(UnexpectedAnswer, match="over 1,000 bytes"):
        _canned_api(serve_canned, {"data": {"workspace": {"id": "w", "name": "x" * 2000}}}).workspace()


def test_the_request_says_what_segment_asks_for(serve_canned: Any) -> None:
    server = serve_canned(b'{"data": {"sources": []}}')

    PublicApi(server.url, "token").sources("a=b&c", 7)

    head = server.heads[0].decode()
    assert head.startswith("GET /sources?pagination%5Bcount%5D=7&pagination%5Bcursor%5D=a%3Db%26c HTTP/1.1")
    assert "Accept: application/vnd.segment.v1+json\r\n" in head
    assert "Authorization: Bearer token\r\n" in head


def test_netrc_never_replaces_the_token(
    serve_canned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve_canned(b'{"data": {"workspace": {"id": "w"}}}')
    requests.get(server.url, timeout=5)

    PublicApi(server.url, "token").workspace()

    assert b"Authorization: Basic" in server.heads[0]
    assert b"Authorization: Bearer token\r\n" in server.heads[1]


def test_cookies_are_not_kept(serve_canned: Any) -> None:
    server = serve_canned(b'{"data": {"workspace": {"id": "w"}}}', headers=("Set-Cookie: a=b",))
    api = PublicApi(server.url, "token")

    api.workspace()
    api.workspace()

    assert [b"Cookie:" in head for head in server.heads] == [False, False]


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "500 Failed", "200 OK"])
def test_no_error_ever_shows_the_token(serve_canned: Any, status: str) -> None:
    body = b'{"errors": [{"type": "x", "message": "bad token verysecret", "field": "verysecret"}]}'
    api = PublicApi(serve_canned(body, status=status).url, "verysecret")

    with pytest.raises(SegmentError) as caught:
        api.workspace()

    assert "verysecret" not in repr(caught.value) + str(caught.value) + str(vars(caught.value)) + repr(api)


def test_a_sources_repr_hides_its_write_keys(api: PublicApi) -> None:
    assert DEMO_WRITE_KEY not in repr(api.sources())
