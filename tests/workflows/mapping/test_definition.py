from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import definitions, json_values
from workflows.mapping.definition import Definition, Row

NAMES = ["event_type", "event_name", "user_id", "anonymous_id", "random_anonymous_id", "rows", "version"]


@given(definitions)
def test_a_definition_survives_json(definition: Definition) -> None:
    stored = json.dumps(definition.to_json())
    assert Definition.from_json(json.loads(stored)) == definition


def test_the_stored_form_is_this_one() -> None:
    definition = Definition("track", "Survey Completed", "${id}", "", True, (Row("a.b", "${c}"),))
    assert definition.to_json() == {
        "version": 1,
        "event_type": "track",
        "event_name": "Survey Completed",
        "user_id": "${id}",
        "anonymous_id": "",
        "random_anonymous_id": True,
        "rows": [{"key": "a.b", "value": "${c}"}],
    }


@given(json_values | st.dictionaries(st.sampled_from(NAMES), json_values))
def test_reading_never_raises(data: object) -> None:
    assert isinstance(Definition.from_json(data), Definition)


@pytest.mark.parametrize("data", [None, 7, "x", [], {}, {"rows": {}, "user_id": 7, "random_anonymous_id": 1}])
def test_what_is_missing_or_odd_becomes_empty(data: object) -> None:
    assert Definition.from_json(data) == Definition("")


def test_odd_rows_are_passed_over_and_unknown_names_ignored() -> None:
    data = {
        "rows": [7, None, {"key": "a"}, {"key": "b", "value": "x", "type": "number", "later": 2}],
        "later": 1,
    }
    assert Definition.from_json(data).rows == (Row("a", ""), Row("b", "x", "number"))


def test_optional_settings_are_stored_only_when_set() -> None:
    definition = Definition(
        "identify",
        rows=(Row("a", "1", "number", "default", "0"), Row("b", "2")),
        timestamp="${when}",
        context=(("ip", "${ip}"),),
        integrations=(("All", False),),
        labels=(("q", "How?"),),
    )
    stored = definition.to_json()
    assert stored["rows"] == [
        {"key": "a", "value": "1", "type": "number", "if_invalid": "default", "default": "0"},
        {"key": "b", "value": "2"},
    ]
    assert {name: stored[name] for name in ("timestamp", "context", "integrations", "labels")} == {
        "timestamp": "${when}",
        "context": {"ip": "${ip}"},
        "integrations": {"All": False},
        "labels": {"q": "How?"},
    }
    assert Definition.from_json(stored) == definition
