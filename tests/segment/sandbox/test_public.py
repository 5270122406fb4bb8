from __future__ import annotations

from typing import Any

import pytest
import requests

from segment.public_api import HTTP_API_METADATA_ID
from segment.sandbox import RunningSandbox, start_sandbox
from segment.sandbox.fixtures import ACME, DEMO_WRITE_KEY, TOKENS, source_id
from tests.segment.helpers import SENT_AT, identify, send, verdicts  # noqa: F401

OWNER = "sandbox-oregon-owner"
WEBSITE = source_id("acme", "website")
NEW = {"slug": "new", "enabled": True, "metadataId": HTTP_API_METADATA_ID, "settings": {}}


def call(
    sandbox: RunningSandbox, method: str, path: str, token: str = OWNER, **options: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, sandbox.url + path, headers=headers, timeout=10, **options)


def errors(answer: requests.Response) -> list[tuple[str, str | None]]:
    """Type and field of each error."""
    return [(error["type"], error.get("field")) for error in answer.json()["errors"]]


@pytest.mark.parametrize("path", ["/us", "/us/"])
def test_the_workspace_in_segments_envelope(sandbox: RunningSandbox, path: str) -> None:
    answer = call(sandbox, "GET", path)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"data": {"workspace": {"id": ACME.id, "slug": "acme", "name": "Acme"}}}


@pytest.mark.parametrize(
    ("path", "token"),
    [
        ("/us/", ""),
        ("/us/", "nope"),
        ("/eu/", OWNER),
        ("/us/sources", "sandbox-dublin-owner"),
        ("/us/nope", ""),
    ],
)
def test_no_unknown_or_other_regions_token_is_401(sandbox: RunningSandbox, path: str, token: str) -> None:
    answer = call(sandbox, "GET", path, token)

    assert (answer.status_code, errors(answer)) == (401, [("unauthenticated", None)])


def test_every_documented_token_has_a_purpose_and_works_in_its_region(sandbox: RunningSandbox) -> None:
    statuses = {
        token: call(sandbox, "GET", f"/{seed.workspace.region}/", token).status_code
        for token, seed in TOKENS.items()
        if token != "sandbox-oregon-slow"
    }

    assert statuses == {
        "sandbox-oregon-owner": 200,
        "sandbox-oregon-readonly": 200,
        "sandbox-oregon-large": 200,
        "sandbox-oregon-limited": 429,
        "sandbox-dublin-owner": 200,
        "sandbox-dublin-readonly": 200,
    }
    assert all(seed.purpose for seed in TOKENS.values())


def test_limited_carries_both_hints(sandbox: RunningSandbox) -> None:
    answer = call(sandbox, "GET", "/us/sources", "sandbox-oregon-limited")

    assert (answer.headers["Retry-After"], answer.headers["X-RateLimit-Reset"]) == ("7", "7")
    assert errors(answer) == [("rate-limited", None)]


def test_a_source_has_segments_fields(sandbox: RunningSandbox) -> None:
    source = call(sandbox, "GET", f"/us/sources/{WEBSITE}").json()["data"]["source"]

    assert source["writeKeys"] == [DEMO_WRITE_KEY]
    assert set(source) == {
        "id", "slug", "name", "workspaceId", "enabled", "writeKeys", "metadata", "settings", "labels",
    }  # fmt: skip
    assert source["metadata"]["id"] == HTTP_API_METADATA_ID


@pytest.mark.parametrize("style", ["pagination[{}]", "pagination.{}"])
def test_both_spellings_of_the_pagination_are_taken(sandbox: RunningSandbox, style: str) -> None:
    first = call(sandbox, "GET", "/us/sources", params={style.format("count"): "3"}).json()["data"]
    cursor = first["pagination"]["next"]
    second = call(
        sandbox, "GET", "/us/sources", params={style.format("count"): "3", style.format("cursor"): cursor}
    ).json()["data"]

    assert [source["slug"] for source in first["sources"]] == ["website", "mobile-app", "survey-responses"]
    assert set(first["pagination"]) == {"current", "next", "totalEntries"}
    assert [source["slug"] for source in second["sources"]] == ["old-site"]
    assert second["pagination"] == {
        "current": cursor,
        "previous": first["pagination"]["current"],
        "totalEntries": 4,
    }


@pytest.mark.parametrize("count", ["0", "1001", "-1", "x", "1.5", "٣", "9" * 50])
def test_a_bad_count_is_422(sandbox: RunningSandbox, count: str) -> None:
    answer = call(sandbox, "GET", "/us/sources", params={"pagination[count]": count})

    assert (answer.status_code, errors(answer)) == (422, [("unprocessable-entity", "pagination.count")])


@pytest.mark.parametrize("cursor", ["x", "ü", "c2FuZGJveC1vZmZzZXQ6LTE=", "c2FuZGJveC1vZmZzZXQ6OTk5OTk="])
def test_a_bad_cursor_is_400(sandbox: RunningSandbox, cursor: str) -> None:
    answer = call(sandbox, "GET", "/us/sources", params={"pagination[cursor]": cursor})

    assert (answer.status_code, errors(answer)) == (400, [("bad-request", "pagination.cursor")])


def test_a_created_source_is_201_and_takes_events(sandbox: RunningSandbox) -> None:
    answer = call(sandbox, "POST", "/us/sources", json=NEW)
    source = answer.json()["data"]["source"]
    send(sandbox, identify("m1"), write_key=source["writeKeys"][0])

    assert answer.status_code == 201
    assert (source["slug"], source["enabled"]) == ("new", True)
    assert verdicts(sandbox) == [("accepted", "")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": None}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "Bad"}, "slug"),
        ({"slug": 5}, "slug"),
        ({"metadataId": "nope"}, "metadataId"),
        ({"metadataId": None}, "metadataId"),
        ({"enabled": None}, "enabled"),
        ({"enabled": "yes"}, "enabled"),
        ({"settings": []}, "settings"),
    ],
)
def test_a_bad_field_is_422_and_named(sandbox: RunningSandbox, change: dict[str, Any], field: str) -> None:
    answer = call(sandbox, "POST", "/us/sources", json={**NEW, **change})

    assert (answer.status_code, errors(answer)) == (422, [("unprocessable-entity", field)])


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000], ids=lambda body: repr(body[:9])
)
def test_a_broken_body_is_400(sandbox: RunningSandbox, body: bytes) -> None:
    answer = call(sandbox, "POST", "/us/sources", data=body)

    assert (answer.status_code, errors(answer)) == (400, [("bad-request", None)])


def test_a_taken_slug_is_409(sandbox: RunningSandbox) -> None:
    created = call(sandbox, "POST", "/us/sources", json={**NEW, "slug": "website"})
    renamed = call(sandbox, "PATCH", f"/us/sources/{WEBSITE}", json={"slug": "mobile-app"})

    assert (created.status_code, errors(created)) == (409, [("conflict", "slug")])
    assert (renamed.status_code, errors(renamed)) == (409, [("conflict", "slug")])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/us/sources", NEW),
        ("POST", "/us/sources", {}),
        ("PATCH", f"/us/sources/{WEBSITE}", {}),
        ("POST", f"/us/sources/{WEBSITE}/writekey", None),
    ],
)
def test_without_source_admin_nothing_can_be_changed(
    sandbox: RunningSandbox, method: str, path: str, body: Any
) -> None:
    answer = call(sandbox, method, path, "sandbox-oregon-readonly", json=body)

    assert (answer.status_code, errors(answer)) == (403, [("permission-denied", None)])


def test_patch_renames_and_disables(sandbox: RunningSandbox) -> None:
    answer = call(sandbox, "PATCH", f"/us/sources/{WEBSITE}", json={"name": "Our site", "enabled": False})
    send(sandbox, identify("m1"))

    source = answer.json()["data"]["source"]
    assert (source["name"], source["slug"], source["enabled"]) == ("Our site", "website", False)
    assert verdicts(sandbox) == [("rejected", "the source is disabled")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/us/sources/nope", 404),
        ("GET", "/us/destinations", 404),
        ("POST", "/us/sources/nope/writekey", 404),
        ("PATCH", "/us/sources/nope", 404),
        ("DELETE", f"/us/sources/{WEBSITE}", 405),
        ("POST", "/us/", 405),
        ("PUT", "/us/sources", 405),
    ],
)
def test_what_is_not_there(sandbox: RunningSandbox, method: str, path: str, status: int) -> None:
    answer = call(sandbox, method, path, json={})

    assert answer.status_code == status
    assert len(errors(answer)) == 1


def test_requests_over_the_rate_are_429_for_that_workspace_only() -> None:
    running = start_sandbox(rate=3)
    try:
        statuses = [call(running, "GET", "/us/").status_code for _ in range(20)]
        other = call(running, "GET", "/eu/", "sandbox-dublin-owner")
        limited = next(
            answer
            for answer in (call(running, "GET", "/us/sources") for _ in range(20))
            if answer.status_code == 429
        )
    finally:
        running.stop()

    assert set(statuses) == {200, 429}
    assert other.status_code == 200
    assert (limited.headers["Retry-After"], limited.headers["X-RateLimit-Reset"]) == ("1", "1")
