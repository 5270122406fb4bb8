"""What Tributary sends has the shape of what Segment's own SDK sends, field by field."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY
from segment.tracking import build_batch_body
from tests.segment.conftest import Recording
from tests.segment.helpers import SENT_AT, records, send
from tests.segment.sdk import run_sdk

SDK_CALLS = """
analytics.identify("ada", {"email": "ada@example.com", "score": 9, "company": {"name": "Acme"}})
analytics.track("ada", "Survey Completed", {"score": 9.5, "done": True, "tags": ["a"]})
"""


def _ours(**fields: Any) -> dict[str, Any]:
    """An event as the mapping builds it."""
    return {
        "messageId": f"tributary-{fields['type']}",
        "timestamp": "2026-11-23T18:30:00.000+00:00",
        "context": {"library": {"name": "tributary", "version": "0.1.0"}},
        "integrations": {},
        "userId": "ada",
        "anonymousId": None,
        **fields,
    }


OUR_EVENTS = (
    _ours(type="identify", traits={"email": "ada@example.com", "score": 9, "company": {"name": "Acme"}}),
    _ours(type="track", event="Survey Completed", properties={"score": 9.5, "done": True, "tags": ["a"]}),
)


def shape_of(value: Any) -> Any:
    """The same structure with each leaf replaced by its JSON type."""
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape_of(item) for item in value]
    return type(value).__name__


@pytest.fixture
def sdk_events(sandbox: RunningSandbox, tmp_path: Path) -> list[dict[str, Any]]:
    run_sdk(SDK_CALLS, f"{sandbox.url}/us", DEMO_WRITE_KEY, tmp_path)
    return records(sandbox)


def test_the_official_sdk_is_accepted(sdk_events: list[dict[str, Any]]) -> None:
    assert [(record["verdict"], record["event"]["type"]) for record in sdk_events] == [
        ("accepted", "identify"),
        ("accepted", "track"),
    ]
    assert {record["write_key"] for record in sdk_events} == {DEMO_WRITE_KEY}


def test_the_official_sdk_is_accepted_gzipped_too(sandbox: RunningSandbox, tmp_path: Path) -> None:
    run_sdk("analytics.gzip = True\n" + SDK_CALLS, f"{sandbox.url}/us", DEMO_WRITE_KEY, tmp_path)

    assert [record["verdict"] for record in records(sandbox)] == ["accepted", "accepted"]


def test_our_events_have_the_sdks_fields_and_types(
    sandbox: RunningSandbox, sdk_events: list[dict[str, Any]]
) -> None:
    send(sandbox, *OUR_EVENTS)

    ours = records(sandbox, after=sdk_events[-1]["seq"])

    assert [record["verdict"] for record in ours] == ["accepted", "accepted"]
    assert [shape_of(record["event"]) for record in ours] == [
        shape_of(record["event"]) for record in sdk_events
    ]


def test_our_body_has_the_sdks_fields_and_types(recording: Recording, tmp_path: Path) -> None:
    run_sdk(SDK_CALLS, recording.url, "key", tmp_path)
    [theirs] = [json.loads(body) for body in recording.bodies]
    ours = json.loads(build_batch_body("key", [json.dumps(event).encode() for event in OUR_EVENTS], SENT_AT))

    assert shape_of(ours) == shape_of(theirs)
    assert ours["writeKey"] == theirs["writeKey"]
    assert datetime.fromisoformat(theirs["sentAt"]).tzinfo is not None
    assert len(ours["sentAt"]) == len(theirs["sentAt"])
