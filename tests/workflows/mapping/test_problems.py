"""Every code there is, produced by a real mapping, and the sentence that it becomes."""

from __future__ import annotations

import re

import pytest

from tests.workflows.mapping.builders import FIELDS, build, identify, nest, track
from workflows.mapping.definition import Definition, Row
from workflows.mapping.lint import lint
from workflows.mapping.problems import MESSAGES, Problem, row_where, shorten

U = "u-${FirstName}"


def one_row(value: str, **settings: str) -> Definition:
    return Definition("identify", user_id=U, rows=(Row("key", value, **settings),))


CAUSES: dict[str, tuple[Definition, dict[str, object]]] = {
    "no_event_type": (Definition("", user_id=U), {}),
    "unknown_event_type": (Definition("group", user_id=U), {}),
    "no_event_name": (track(event_name=""), {}),
    "pipe_in_event_name": (track(event_name="A ${score}"), {}),
    "no_identity": (identify(user_id=""), {}),
    "too_large": (identify(("a", "${email}"), ("b", "${email}")), {"email": "x" * 20_000}),
    "unterminated_pipe": (identify(("a", "${score")), {}),
    "empty_pipe": (identify(("a", "${}")), {}),
    "nested_pipe": (identify(("a", "${a${b}")), {}),
    "unknown_family": (identify(("a", "${zz://City}")), {}),
    "unknown_pipe": (identify(("a", "${q://score/Other}")), {}),
    "task_output_pipe": (identify(("a", "~{ch://x/$.y}")), {}),
    "unknown_field": (identify(("a", "${zzz}")), {}),
    "unknown_field:suggestion": (identify(("a", "${emial}")), {}),
    "looks_like_pipe": (identify(("a", "Dear {{ email }}")), {}),
    "looks_like_key": (identify(("a", "email")), {}),
    "curly_quotes": (identify(("a", "${email | default:“x”}")), {}),
    "wrong_family": (identify(("a", "${m://score}")), {}),
    "random_range": (identify(("a", "${rand://int/9:1}")), {}),
    "unknown_date_letter": (identify(("a", "${date://CurrentDate/Q}")), {}),
    "unterminated_quote": (identify(("a", '${score | default:"x}')), {}),
    "empty_filter": (identify(("a", "${score |}")), {}),
    "unknown_filter": (identify(("a", "${score | zzz}")), {}),
    "unknown_filter:suggestion": (identify(("a", "${score | uper}")), {}),
    "bad_filter": (identify(("a", "${score | round:x}")), {}),
    "too_many_filters": (identify(("a", "${score" + "|trim" * 21 + "}")), {}),
    "key_empty": (identify(("", "x")), {}),
    "key_empty_segment": (identify(("a..b", "x")), {}),
    "key_bad_escape": (identify((r"a\b", "x")), {}),
    "key_too_deep": (identify((".".join("abcdefghijk"), "x")), {}),
    "key_too_long": (identify(("k" * 300, "x")), {}),
    "key_has_pipe": (identify(("a${b}", "x")), {}),
    "key_repeated": (identify(("a", "x"), ("a", "x")), {}),
    "key_collision": (identify(("a", "x"), ("a.b", "x")), {}),
    "key_after_place": (identify(("a[0]b", "x")), {}),
    "key_bad_place": (identify(("a[x]", "x")), {}),
    "key_place_too_high": (identify(("a[100]", "x")), {}),
    "key_shapes": (identify(("a.b", "x"), ("a[0]", "x")), {}),
    "key_mixed_array": (identify(("a[0]", "x"), ("a[]", "x")), {}),
    "unknown_type": (one_row("x", type="money"), {}),
    "unknown_rule": (one_row("x", if_invalid="guess"), {}),
    "bad_default": (one_row("x", type="number", if_invalid="default", default="seven"), {}),
    "pipe_in_default": (one_row("x", if_invalid="default", default="${score}"), {}),
    "unknown_context": (identify(context=(("os", "x"),)), {}),
    "integration_nameless": (identify(integrations=((" ", True),)), {}),
    "not_a_number": (one_row("${score}", type="number"), {"score": "seven"}),
    "ambiguous_number": (one_row("${score}", type="number"), {"score": "1,234"}),
    "not_a_boolean": (one_row("${score}", type="boolean"), {"score": "maybe"}),
    "not_a_date": (one_row("${score}", type="date"), {"score": "soon"}),
    "ambiguous_date": (one_row("${score}", type="date"), {"score": "03/04/2025"}),
    "not_json_text": (one_row("${score}", type="json"), {"score": "{a}"}),
    "not_a_code": (identify(("a", "${q://score/SelectedChoicesRecode}")), {"score": "Well"}),
    "filter_input": (identify(("a", "${score | upper}")), {"score": {"b": 1}}),
    "filters_too_costly": (
        identify(*((f"a{n}", f"${{score{' ' * n}{'|upper' * 19}|slice:0,1}}") for n in range(2))),
        {"score": "x" * 30_000},
    ),
    "stopped_empty": (one_row("${score}", if_invalid="stop"), {}),
    "bad_id": (identify(user_id="${score}"), {"score": True}),
    "not_finite": (identify(("a", "${score}")), {"score": float("inf")}),
    "number_too_long": (identify(("a", "${score}")), {"score": 10**5000}),
    "too_deep": (identify(("a", "${score}")), {"score": nest(100)}),
    "not_json": (identify(("a", "${score}")), {"score": {1, 2}}),
    "value_too_large": (identify(("a", "${score}")), {"score": "x" * 40_000}),
    "email_user_id": (identify(user_id="${email}"), {"email": "ada@example.com"}),
    "constant_id": (identify(user_id="me"), {}),
    "reserved_type": (identify(("age", "${score}")), {"score": "7"}),
    "bad_currency": (track(("currency", "euro")), {}),
    "reserved_date": (identify(("birthday", "soon")), {}),
    "reserved_url": (identify(("website", "none")), {}),
    "reserved_email": (identify(("email", "none")), {}),
    "personal_event_name": (track(event_name="Mail ada@example.com"), {}),
    "personal_key": (identify(("ada@example\\.com", "x")), {}),
    "reserved_spelling": (identify(("company.Name", "x")), {}),
    "mixed_case": (identify(("first_name", "x"), ("lastName", "x"), ("home_town", "x")), {}),
    "key_style": (track(("lastName", "x")), {}),
    "too_many_keys": (identify(*((f"k{n}", "x") for n in range(301))), {}),
    "integration_case": (identify(integrations=(("all", True),)), {}),
    "event_name_style": (track(event_name="survey done"), {}),
}


def produce(code: str) -> Problem:
    definition, answers = CAUSES[code]
    built = build(definition, answers, FIELDS)
    problems = (*built.problems, *lint(definition, built))
    return next(problem for problem in problems if problem.code == code.partition(":")[0])


def test_every_message_has_a_cause() -> None:
    assert sorted(CAUSES) == sorted(MESSAGES)


@pytest.mark.parametrize("code", MESSAGES)
def test_the_sentence_names_all_that_is_known_and_is_whole(code: str) -> None:
    problem = produce(code)
    assert [str(value) for value in problem.params.values() if str(value) not in problem.message] == []
    assert set(re.findall(r"%\((\w+)\)s", str(MESSAGES[code]))) == set(problem.params)
    assert "%(" not in problem.message
    assert problem.message.endswith((".", "?"))


# How a sentence, or a part of one, begins that says what to do.
DO = (
    "add|check|choose|close|correct|fill|give|have|instead of|paste|put|remove|rename|send|shorten|switch"
    "|take|type|use|write"
)
WAY_OUT = re.compile(rf"(?:^|[.:;,?] |\b(?:and|or) )(?:{DO})\b|Did you mean “", re.IGNORECASE)


@pytest.mark.parametrize("code", MESSAGES)
def test_every_sentence_says_what_to_do(code: str) -> None:
    assert WAY_OUT.search(produce(code).message)


@pytest.mark.parametrize(
    "message",
    [
        "The key “a” is too long.",
        "Segment takes at most 32 KB.",
        "The pipe “${a” has no closing brace.",
        "What to do when “a” is empty is “b”.",
    ],
)
def test_a_sentence_that_only_states_says_nothing_to_do(message: str) -> None:
    assert not WAY_OUT.search(message)


def test_a_sentence_in_full() -> None:
    assert produce("unknown_field:suggestion").message == (
        "The survey has no field “emial” for the pipe “${emial}” at character 1. Did you mean “email”?"
    )
    assert produce("key_collision").message == (
        "The key “a.b” clashes with “a” in row 1: the same key would be a plain value and an object. "
        "Rename one of them."
    )
    assert produce("key_bad_escape").message == (
        r"The key “a\b” has a backslash at character 2 that stands for nothing. Write \. for a period, \\ "
        "for a backslash."
    )


def test_percent_signs_in_a_value_are_only_text() -> None:
    assert "“%(key)s 100%”" in Problem("key_empty", "error", "row-1", {"value": "%(key)s 100%"}).message


def test_a_sentence_is_made_in_the_language_active_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = produce("no_event_type")
    monkeypatch.setattr("django.utils.translation._trans.gettext", lambda text: f"[{text}]")
    assert problem.message == "[Choose what to send: identify or track.]"


def test_rows_are_counted_from_one_for_people() -> None:
    assert row_where(0) == "row-1"
    assert Problem("key_empty", "error", "row-3").row_index == 2
    assert Problem("no_identity", "error", "user_id").row_index is None


def test_quotations_are_short() -> None:
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 59 + "…"
