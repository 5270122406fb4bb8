from __future__ import annotations

from tests.workflows.mapping.builders import build, found, identify
from workflows.mapping.definition import Definition, Field
from workflows.mapping.event import compile_definition
from workflows.mapping.freeze import freeze

TEXT = "${q://score/QuestionText}"
BEFORE = (
    Field("score", "How was it?", "question", "number", 7),
    Field("plan", "Plan", "embedded", "text", ""),
)
AFTER = (Field("score", "How bad was it?", "question", "number", 7),)


def test_a_question_text_is_kept_as_it_was_when_the_task_was_saved() -> None:
    draft = identify(("a", TEXT), ("b", f"{TEXT}: ${{score}}"), user_id=f"u {TEXT}")
    saved = Definition.from_json(freeze(draft, BEFORE).to_json())
    assert saved.labels == (("score", "How was it?"),)
    built = build(saved, {"score": 7})
    assert built.event["traits"] == {"a": "How was it?", "b": "How was it?: 7"}
    assert built.event["userId"] == "u How was it?"


def test_the_preview_shows_the_text_of_now() -> None:
    saved = freeze(identify(("a", TEXT)), BEFORE)
    assert build(saved, {}, AFTER).event["traits"] == {"a": "How bad was it?"}


def test_only_what_is_piped_is_kept_and_a_label_that_is_missing_is_the_key() -> None:
    assert freeze(identify(("a", "${score}")), BEFORE).labels == ()
    fields = (Field("score", "", "question", "number", 7),)
    assert freeze(identify(timestamp=TEXT, context=(("ip", TEXT),)), fields).labels == (("score", "score"),)
    assert freeze(identify(("a", "${q://gone/QuestionText}")), BEFORE).labels == ()


def test_only_questions_have_a_question_text() -> None:
    compiled = compile_definition(identify(("a", "${q://plan/QuestionText}")), BEFORE)
    assert found(compiled.problems) == [("wrong_family", "error", "row-1")]


def test_a_label_is_never_expanded() -> None:
    fields = (Field("score", "${plan} | upper", "question", "number", 7),)
    assert build(freeze(identify(("a", TEXT)), fields)).event["traits"] == {"a": "${plan} | upper"}
