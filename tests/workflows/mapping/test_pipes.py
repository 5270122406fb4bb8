from __future__ import annotations

import pytest
from hypothesis import given

from tests.workflows.mapping.builders import mapping_texts, yielded
from workflows.mapping.pipes import Pipe, has_pipe, parse_template

ANSWERS = {
    "email": "ada@example.com",
    "first name": "Ada",
    "a/b": "slash",
    "score": 7,
    "colours": ["red", "blue"],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("costs $5 or $", "costs $5 or $"),
        ("{a} $ {b}", "{a} $ {b}"),
        ("$${score}", "$7"),
        ("${email}", "ada@example.com"),
        ("  ${ email }\n", "ada@example.com"),
        ("${first name}", "Ada"),
        ("${a/b}", "slash"),
        ("${q://email}", "ada@example.com"),
        ("${q://email/ChoiceTextEntryValue}", "ada@example.com"),
        ("${q://colours/ChoiceGroup/SelectedChoices}", ["red", "blue"]),
        ("I like ${q://colours/ChoiceGroup/SelectedChoices}.", "I like red, blue."),
        ("${q://a%2Fb}", "slash"),
        ("${e://Field/first%20name}", "Ada"),
        ("${e://Field/first name}", "Ada"),
        ("${e://Field/a/b}", "slash"),
        ("${m://email}", "ada@example.com"),
        ("${rm://Field/ResponseID}", "sub-1"),
        ("${e://Field/ResponseID}", "sub-1"),
        ("${score}${score}", "77"),
        ("${email}\n${score}", "ada@example.com\n7"),
    ],
)
def test_a_text_yields(text: str, value: object) -> None:
    assert yielded(text, **ANSWERS) == value


def test_an_answer_named_response_id_wins_over_the_submission() -> None:
    answers = {"ResponseID": "R_1", "": "nameless"}
    text = "${e://Field/ResponseID} ${rm://Field/ResponseID} ${ResponseID}"
    assert yielded(text, **answers) == "R_1 sub-1 R_1"
    assert yielded("${e://Field/ResponseID}", **answers) == "R_1"
    assert yielded("${rm://Field/ResponseID}", **answers) == "sub-1"


def test_answers_are_never_expanded() -> None:
    answers = {"email": "${score}", "score": "~{ch://x}"}
    assert yielded("${email}", **answers) == "${score}"
    assert yielded("${email} ${score}", **answers) == "${score} ~{ch://x}"


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("ab ${email", "unterminated_pipe", {"text": "${email", "position": 4}),
        ("${email\n}", "unterminated_pipe", {"text": "${email", "position": 1}),
        ("${}", "empty_pipe", {"text": "${}", "position": 1}),
        ("${  }", "empty_pipe", {"text": "${  }", "position": 1}),
        ("${e://Field/${x}}", "nested_pipe", {"text": "${e://Field/${x}", "position": 1}),
        ("${zz://City}", "unknown_family", {"text": "${zz://City}", "position": 1, "family": "zz"}),
        ("${Q://a}", "unknown_family", {"text": "${Q://a}", "position": 1, "family": "Q"}),
        ("${q://}", "unknown_pipe", {"text": "${q://}", "position": 1}),
        ("${q://a/}", "unknown_pipe", {"text": "${q://a/}", "position": 1}),
        ("${q://a/ChoiceDescription}", "unknown_pipe", {"text": "${q://a/ChoiceDescription}", "position": 1}),
        ("${q://a/ChoiceGroup}", "unknown_pipe", {"text": "${q://a/ChoiceGroup}", "position": 1}),
        ("${e://plan}", "unknown_pipe", {"text": "${e://plan}", "position": 1}),
        ("${e://Field/}", "unknown_pipe", {"text": "${e://Field/}", "position": 1}),
        ("${m://}", "unknown_pipe", {"text": "${m://}", "position": 1}),
        ("${rm://Field/IP}", "unknown_pipe", {"text": "${rm://Field/IP}", "position": 1}),
        ("x ~{ch://OCAC/$.a}", "task_output_pipe", {"text": "~{ch://OCAC/$.a}", "position": 3}),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, code: str, params: dict[str, object]) -> None:
    (problem,) = parse_template(text, "row-1").problems
    assert (problem.code, problem.level, problem.where, problem.params) == (code, "error", "row-1", params)


def test_each_bad_pipe_is_named_up_to_ten() -> None:
    problems = parse_template("${} ${zzz://City}" + "${}" * 10_000, "row-1").problems
    assert [problem.params["position"] for problem in problems] == [1, 5, *range(18, 42, 3)]


def test_a_pipe_alone_is_told_from_a_pipe_in_a_text() -> None:
    pipe = Pipe("a", "${a}", 2)
    assert parse_template(" ${a} ", "").single == pipe
    assert parse_template("-${a}", "").single is None
    assert parse_template("${a}${a}", "").single is None
    assert parse_template(" ", "").single is None


@given(mapping_texts)
def test_a_text_is_its_parts_or_has_problems(text: str) -> None:
    template = parse_template(text, "row-1")
    if not template.problems:
        parts = [part.text if isinstance(part, Pipe) else part for part in template.parts]
        if "\\" not in text:
            assert "".join(parts) == text
    assert has_pipe(text) == bool(template.pipes or template.problems)
