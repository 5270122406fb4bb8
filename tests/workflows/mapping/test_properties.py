"""What must hold for any mapping text and any JSON submission."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, assume, given, settings

from tests.workflows.mapping.builders import (
    FIELDS,
    RECEIVED_AT,
    any_answers,
    definitions,
    plain_answers,
)
from workflows.mapping.definition import Definition, SubmissionData
from workflows.mapping.event import Built, build_event, compile_definition
from workflows.mapping.freeze import texts_of
from workflows.mapping.keys import APPEND, Path
from workflows.mapping.lint import lint
from workflows.mapping.values import is_empty

thorough = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def build(definition: Definition, answers: dict[str, object], fields: object = None) -> Built:
    compiled = compile_definition(definition, fields)
    data = SubmissionData("sub-1", RECEIVED_AT, answers)
    return build_event(compiled, data, message_id="m-1", random_id="r-1")


@thorough
@given(definitions, any_answers)
def test_building_never_raises_and_always_explains_itself(
    definition: Definition, answers: dict[str, object]
) -> None:
    for fields in (None, FIELDS):
        built = build(definition, answers, fields)
        for problem in (*built.problems, *lint(definition, built)):
            assert problem.message.encode()
        assert len(built.rows) == len(definition.rows)


@thorough
@given(definitions, any_answers)
def test_the_body_is_the_event(definition: Definition, answers: dict[str, object]) -> None:
    built = build(definition, answers)
    assert json.loads(built.body) == built.event
    assert json.dumps(built.event, ensure_ascii=False, separators=(",", ":")).encode() == built.body


@thorough
@given(definitions, any_answers)
def test_building_is_deterministic(definition: Definition, answers: dict[str, object]) -> None:
    first, second = build(definition, answers), build(definition, answers)
    assert (first.body, first.problems) == (second.body, second.problems)
    assert repr(first.rows) == repr(second.rows)


@thorough
@given(definitions, plain_answers)
def test_no_pipe_of_the_mapping_is_left_unresolved(
    definition: Definition, answers: dict[str, object]
) -> None:
    # Escapes are how a mapping asks for them; `$` beside what the json filter prints is only text.
    texts = "".join(texts_of(definition)) + "".join(row.default for row in definition.rows)
    assume("\\" not in texts and "json" not in texts and "$$" not in texts)
    event = {**build(definition, answers).event, "integrations": {}}
    body = json.dumps(event, ensure_ascii=False)
    assert "${" not in body
    assert "~{ch://" not in body


@thorough
@given(definitions, any_answers)
def test_what_is_sendable_is_what_segment_takes(definition: Definition, answers: dict[str, object]) -> None:
    built = build(definition, answers)
    if not built.is_sendable:
        return
    event = built.event
    assert event.get("userId") or event.get("anonymousId")
    assert all(isinstance(event.get(name, ""), str) for name in ("userId", "anonymousId"))
    assert event["type"] == "identify" or event["event"]
    assert built.size <= 32 * 1024


@thorough
@given(definitions, any_answers)
def test_a_key_is_there_if_and_only_if_its_row_was_sent(
    definition: Definition, answers: dict[str, object]
) -> None:
    built = build(definition, answers)
    for row, compiled in zip(built.rows, built.compiled.rows, strict=True):
        if row.status == "left_out":
            assert is_empty(row.value)
        if not compiled.path or APPEND in compiled.path:
            continue
        found = find(built.event[built.compiled.section], compiled.path)
        if row.status == "sent":
            assert found == (row.value,)
        else:
            assert found in ((), (None,))  # null: an empty place in a list


def find(value: object, path: Path) -> tuple[object, ...]:
    """What stands at `path`, alone in a tuple; () for nothing."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return ()
        elif not isinstance(value, dict) or step not in value:
            return ()
        value = value[step]
    return (value,)
