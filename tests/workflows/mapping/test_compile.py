from __future__ import annotations

import pickle

import pytest

from tests.workflows.mapping.builders import FIELDS, found, identify, track
from workflows.mapping.definition import Definition
from workflows.mapping.event import compile_definition


def problems_of(definition: Definition) -> list[tuple[str, str, str]]:
    return found(compile_definition(definition, FIELDS).problems)


def test_a_whole_definition_without_problems() -> None:
    definition = track(("a.b", "${email}"), ("a.c", "${score}"), user_id="${email}")
    assert problems_of(definition) == []


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (Definition("", user_id="u"), [("no_event_type", "error", "event")]),
        (Definition("group", user_id="u"), [("unknown_event_type", "error", "event")]),
        (track(event_name=" "), [("no_event_name", "error", "event_name")]),
        (track(event_name="Rated ${score}"), [("pipe_in_event_name", "error", "event_name")]),
        (track(event_name="Rated ${"), [("pipe_in_event_name", "error", "event_name")]),
        (track(event_name="Rated ~{ch://a}"), [("pipe_in_event_name", "error", "event_name")]),
        (track(event_name="Paid $5"), []),
        (identify(event_name="${score}"), []),
        (identify(user_id=" "), [("no_identity", "error", "user_id")]),
        (identify(user_id="", anonymous_id="a"), []),
        (identify(user_id="", random_anonymous_id=True), []),
        (identify(user_id="${"), [("unterminated_pipe", "error", "user_id")]),
        (identify(anonymous_id="${}"), [("empty_pipe", "error", "anonymous_id")]),
        (identify(("", "")), []),
        (identify((" ", " ")), []),
        (identify(("a", "")), []),
        (identify(("", "x")), [("key_empty", "error", "row-1")]),
        (identify(("a", "1"), ("b..c", "${nope://}")), [
            ("key_empty_segment", "error", "row-2"),
            ("unknown_family", "error", "row-2"),
        ]),
        (identify(("a", "1"), ("b", "2"), (" a ", "3")), [("key_repeated", "error", "row-3")]),
        (identify(("a", "1"), ("a.b", "2")), [("key_collision", "error", "row-2")]),
        (identify(("a.b.c", "1"), ("x", ""), ("a", "2")), [("key_collision", "error", "row-3")]),
        (identify((r"a\.b", "1"), ("a.b", "2"), ("A", "3"), ("__proto__", "4")), []),
    ],
)  # fmt: skip
def test_problems_known_without_a_submission(
    definition: Definition, expected: list[tuple[str, str, str]]
) -> None:
    assert problems_of(definition) == expected
    assert compile_definition(definition, FIELDS).is_sound == (not expected)


def test_a_clash_names_the_other_row_and_key() -> None:
    (problem,) = compile_definition(identify(("x", "1"), ("a.b", "2"), ("a", "3")), None).problems
    assert problem.params == {"key": "a", "other": "a.b", "row": 2}


def test_a_refused_key_clashes_with_nothing() -> None:
    assert problems_of(identify(("a..", "1"), ("a", "2"), ("a", "3"), ("a", "4"))) == [
        ("key_empty_segment", "error", "row-1"),
        ("key_repeated", "error", "row-3"),
        ("key_repeated", "error", "row-4"),
    ]


def test_compiled_is_equal_and_whole_after_pickling() -> None:
    compiled = compile_definition(track(("a.b", "x ${email}"), ("c", "${score}")), FIELDS)
    assert pickle.loads(pickle.dumps(compiled)) == compiled
