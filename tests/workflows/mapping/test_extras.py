from __future__ import annotations

import pytest

from tests.workflows.mapping.builders import FIELDS, build, found, identify, track
from workflows.mapping.event import compile_definition

LIBRARY = {"name": "tributary", "version": "0.1.0"}
RECEIVED = "2025-03-04T05:06:07.089+00:00"


@pytest.mark.parametrize(
    ("text", "answer", "timestamp", "code"),
    [
        ("", None, RECEIVED, None),
        ("${a}", None, RECEIVED, None),
        ("${a}", "2024-12-31", "2024-12-31T00:00:00.000+00:00", None),
        ("${a}", "2024-12-31T23:00-02:00", "2025-01-01T01:00:00.000+00:00", None),
        ("${a}T10:00Z", "2024-12-31", "2024-12-31T10:00:00.000+00:00", None),
        ("${a}", "03/04/2025", RECEIVED, "ambiguous_date"),
        ("${a}", "soon", RECEIVED, "not_a_date"),
        ("${a}", ["x"], RECEIVED, "not_a_date"),
        ("${a}", "9999-12-31T23:00-02:00", RECEIVED, "not_a_date"),
        ("${a | upper}", {"b": 1}, RECEIVED, "filter_input"),
    ],
)
def test_the_events_time(text: str, answer: object, timestamp: str, code: str | None) -> None:
    built = build(identify(timestamp=text), {"a": answer})
    assert built.event["timestamp"] == timestamp
    assert found(built.problems) == ([(code, "warning", "timestamp")] if code else [])
    assert built.is_sendable


def test_the_context_holds_texts_at_their_places() -> None:
    names = {
        "ip": "${ip}",
        "page.url": "https://x.example/${p}",
        "campaign.name": "${c}",
        "campaign.term": "t",
    }
    built = build(track(context=tuple(names.items())), {"ip": "192.0.2.1", "p": 7})
    assert built.event["context"] == {
        "library": LIBRARY,
        "ip": "192.0.2.1",
        "page": {"url": "https://x.example/7"},
        "campaign": {"term": "t"},
    }
    assert built.problems == ()


def test_a_context_value_that_cannot_be_sent_is_left_out_with_a_warning() -> None:
    built = build(identify(context=(("ip", "${a}"),)), {"a": float("nan")})
    assert found(built.problems) == [("not_finite", "warning", "context-ip")]
    assert built.problems[0].params["key"] == "context.ip"
    assert built.event["context"] == {"library": LIBRARY}


def test_context_and_time_are_checked_when_the_task_is_saved() -> None:
    definition = identify(timestamp="${nobody}", context=(("os", "x"), ("ip", "${"), ("locale", "${nobody}")))
    assert found(compile_definition(definition, FIELDS).problems) == [
        ("unknown_field", "error", "timestamp"),
        ("unterminated_pipe", "error", "context-ip"),
        ("unknown_field", "error", "context-locale"),
        ("unknown_context", "error", "context"),
    ]


def test_integrations_are_switches_by_name() -> None:
    built = build(identify(integrations=(("All", False), (" Mixpanel ", True))))
    assert built.event["integrations"] == {"All": False, "Mixpanel": True}
    nameless = build(identify(integrations=(("", True), (" ", False))))
    assert found(nameless.problems) == [("integration_nameless", "error", "integrations")]


def test_lone_surrogates_are_replaced_there_too() -> None:
    built = build(identify(context=(("ip", "${a}"),), integrations=(("\ud800", True),)), {"a": "\ud800"})
    assert (built.event["context"]["ip"], built.event["integrations"]) == ("\ufffd", {"\ufffd": True})


def test_context_and_integrations_have_one_order_however_a_database_turns_them_about() -> None:
    context = (("campaign.name", "x"), ("ip", "y"), ("page.url", "z"))
    switches = (("Mixpanel", False), ("All", True))
    there = build(identify(context=context, integrations=switches), {})
    back = build(identify(context=context[::-1], integrations=switches[::-1]), {})
    assert there.body == back.body
    assert [*there.event["context"]] == ["library", "ip", "page", "campaign"]
    assert [*there.event["integrations"]] == ["All", "Mixpanel"]
