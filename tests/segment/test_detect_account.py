from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from segment.errors import (
    BadToken,
    PermissionDenied,
    RateLimited,
    SegmentError,
    ServerFailed,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
)
from segment.public_api import TokenCheck, Workspace, detect_account
from segment.regions import Endpoints, RegionKey
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import ACME, ACME_EU, DEMO_TOKEN
from segment.transport import Timeouts
from tests.segment.helpers import add_fault

EndpointsByRegion = dict[RegionKey, Endpoints]
QUICK = Timeouts(connect_seconds=0.5, read_seconds=0.3)
OREGON = Workspace(ACME.id, "acme", "Acme")
DUBLIN = Workspace(ACME_EU.id, "acme-eu", "Acme EU")


def _with_region(endpoints: EndpointsByRegion, region: RegionKey, url: str) -> EndpointsByRegion:
    return {**endpoints, region: replace(endpoints[region], public_api_url=url)}


@pytest.mark.parametrize(
    ("token", "check"),
    [
        ("sandbox-oregon-owner", TokenCheck(RegionKey.OREGON, OREGON, True)),
        ("sandbox-oregon-readonly", TokenCheck(RegionKey.OREGON, OREGON, False)),
        ("sandbox-dublin-owner", TokenCheck(RegionKey.DUBLIN, DUBLIN, True)),
        ("sandbox-dublin-readonly", TokenCheck(RegionKey.DUBLIN, DUBLIN, False)),
    ],
)
def test_the_region_that_knows_the_token_wins(
    endpoints: EndpointsByRegion, token: str, check: TokenCheck
) -> None:
    assert detect_account(endpoints, token) == check


def test_a_token_that_no_region_knows_is_bad(endpoints: EndpointsByRegion) -> None:
    with pytest.raises(BadToken):
        detect_account(endpoints, "nope")


def test_an_empty_token_is_bad(endpoints: EndpointsByRegion) -> None:
    with pytest.raises(BadToken):
        detect_account(endpoints, "")


@pytest.mark.parametrize(
    ("token", "kind"), [("sandbox-oregon-limited", RateLimited), ("sandbox-oregon-slow", TimedOut)]
)
def test_a_region_that_leaves_it_open_outweighs_the_other_ones_no(
    endpoints: EndpointsByRegion, token: str, kind: type[SegmentError]
) -> None:
    with pytest.raises(kind):
        detect_account(endpoints, token, QUICK)


@pytest.mark.parametrize("down", list(RegionKey))
def test_one_region_down_and_the_other_saying_no_is_unreachable(
    endpoints: EndpointsByRegion, unused_url: str, down: RegionKey
) -> None:
    with pytest.raises(Unreachable):
        detect_account(_with_region(endpoints, down, unused_url), "nope")


def test_a_failing_region_outweighs_the_other_ones_no(
    sandbox: RunningSandbox, endpoints: EndpointsByRegion
) -> None:
    add_fault(sandbox, kind="status", region="us", api="public", status=500)

    with pytest.raises(ServerFailed):
        detect_account(endpoints, DEMO_TOKEN)


def test_one_region_forbidding_and_the_other_saying_no_is_denied(
    sandbox: RunningSandbox, endpoints: EndpointsByRegion
) -> None:
    add_fault(sandbox, kind="status", region="us", api="public", status=403)

    with pytest.raises(PermissionDenied):
        detect_account(endpoints, DEMO_TOKEN)


def test_both_regions_down_is_unreachable(endpoints: EndpointsByRegion, unused_url: str) -> None:
    down = {region: replace(endpoint, public_api_url=unused_url) for region, endpoint in endpoints.items()}

    with pytest.raises(Unreachable):
        detect_account(down, DEMO_TOKEN)


def test_the_answer_does_not_wait_for_a_region_that_hangs(
    sandbox: RunningSandbox, endpoints: EndpointsByRegion
) -> None:
    add_fault(sandbox, kind="deaf", region="eu")
    started = time.monotonic()

    check = detect_account(endpoints, DEMO_TOKEN)

    assert check.region is RegionKey.OREGON
    assert time.monotonic() - started < 5


def test_no_sources_leave_the_permission_unknown(serve_canned: Any, endpoints: EndpointsByRegion) -> None:
    server = serve_canned(b'{"data": {"workspace": {"id": "w", "slug": "empty"}, "sources": []}}')

    check = detect_account(_with_region(endpoints, RegionKey.OREGON, server.url), "nope")

    assert check == TokenCheck(RegionKey.OREGON, Workspace("w", "empty", "empty"), None)


def test_one_source_without_write_keys_means_no_source_admin(
    serve_canned: Any, endpoints: EndpointsByRegion
) -> None:
    server = serve_canned(
        b'{"data": {"workspace": {"id": "w"}, "sources": [{"id": "a", "writeKeys": ["k"]}, {"id": "b"}]}}'
    )

    check = detect_account(_with_region(endpoints, RegionKey.OREGON, server.url), "nope")

    assert check.has_source_admin is False


def test_a_list_of_sources_that_is_forbidden_means_no_source_admin(
    sandbox: RunningSandbox, endpoints: EndpointsByRegion
) -> None:
    add_fault(sandbox, kind="status", path="/us/sources", status=403)

    assert detect_account(endpoints, DEMO_TOKEN) == TokenCheck(RegionKey.OREGON, OREGON, False)


def test_a_list_of_sources_that_fails_is_an_error(
    sandbox: RunningSandbox, endpoints: EndpointsByRegion
) -> None:
    add_fault(sandbox, kind="status", path="/us/sources", status=429, retry_after=3)

    with pytest.raises(RateLimited) as caught:
        detect_account(endpoints, DEMO_TOKEN)

    assert caught.value.retry_after_seconds == 3


def test_both_regions_answering_something_else_is_unexpected(
    serve_canned: Any, endpoints: EndpointsByRegion
) -> None:
    url = serve_canned(b"<html>").url
    odd = {region: replace(endpoint, public_api_url=url) for region, endpoint in endpoints.items()}

    with pytest.raises(UnexpectedAnswer):
        detect_account(odd, DEMO_TOKEN)


def test_the_token_is_in_no_error(endpoints: EndpointsByRegion, unused_url: str) -> None:
    for sick in (endpoints, _with_region(endpoints, RegionKey.DUBLIN, unused_url)):
        with pytest.raises(SegmentError) as caught:
            detect_account(sick, "verysecret")
        assert "verysecret" not in repr(caught.value) + str(caught.value) + str(vars(caught.value))
