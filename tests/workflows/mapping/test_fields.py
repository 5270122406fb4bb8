from __future__ import annotations

import pytest

from tests.workflows.mapping.builders import FIELDS, build, identify
from workflows.mapping.definition import Field
from workflows.mapping.event import compile_definition
from workflows.mapping.fields import write_pipe


@pytest.mark.parametrize(
    "text",
    [
        "${email} ${score} ${plan} ${FirstName}",
        "${q://email}${q://score/ChoiceTextEntryValue}",
        "${e://Field/plan}",
        "${m://FirstName}",
        "${rm://Field/ResponseID}${e://Field/ResponseID}",
    ],
)
def test_pipes_to_fields_of_the_survey_are_fine(text: str) -> None:
    assert compile_definition(identify(("key", text)), FIELDS).problems == ()


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("${emial}", "unknown_field", {"key": "emial", "suggestion": "email"}),
        ("${EMAIL}", "unknown_field", {"key": "EMAIL", "suggestion": "email"}),
        ("${zzz}", "unknown_field", {"key": "zzz"}),
        ("${ResponseID}", "unknown_field", {"key": "ResponseID"}),
        ("${q://nothing}", "unknown_field", {"key": "nothing"}),
        ("${q://plan}", "wrong_family", {"key": "plan", "suggestion": "${plan}"}),
        ("${e://Field/email}", "wrong_family", {"key": "email", "suggestion": "${email}"}),
        ("${m://score}", "wrong_family", {"key": "score", "suggestion": "${score}"}),
    ],
)
def test_a_pipe_to_a_field_that_the_survey_lacks_is_an_error(
    text: str, code: str, params: dict[str, object]
) -> None:
    (problem,) = compile_definition(identify(("key", text)), FIELDS).problems
    assert (problem.code, problem.level, problem.where) == (code, "error", "row-1")
    assert problem.params == {"text": text, "position": 1, **params}


def test_ids_are_checked_too() -> None:
    definition = identify(user_id="${nobody}", anonymous_id="${nothing}")
    problems = compile_definition(definition, FIELDS).problems
    assert [problem.where for problem in problems] == ["user_id", "anonymous_id"]


def test_without_fields_nothing_is_checked_and_with_none_everything_is_unknown() -> None:
    definition = identify(("key", "${emial}"))
    assert compile_definition(definition, None).problems == ()
    assert [problem.code for problem in compile_definition(definition, ()).problems] == ["unknown_field"]


def test_ten_thousand_unknown_pipes_are_named_ten_at_a_time() -> None:
    text = "".join(f"${{emial{number}}}" for number in range(10_000))
    assert len(compile_definition(identify(("key", text)), FIELDS).problems) == 10


@pytest.mark.parametrize(
    ("key", "kind", "pipe"),
    [
        ("email", "question", "${email}"),
        ("First name?", "question", "${First name?}"),
        ("اسم", "contact", "${اسم}"),
        ("a:b", "embedded", "${a:b}"),
        ("q://a", "embedded", "${e://Field/q:%2F%2Fa}"),
        ("a/b", "question", "${q://a%2Fb}"),
        ("a|b", "contact", "${m://a%7Cb}"),
        ("100%", "embedded", "${e://Field/100%25}"),
        ("{a}\n", "embedded", "${e://Field/%7Ba%7D%0A}"),
        (" a", "question", "${q://%20a}"),
    ],
)
def test_the_written_pipe_reads_its_field(key: str, kind: str, pipe: str) -> None:
    field = Field(key, "", kind, "text", "")
    assert write_pipe(field) == pipe
    built = build(
        identify(("key", pipe), ("family", write_pipe(field, is_ambiguous=True))), {key: 7}, [field]
    )
    assert built.problems == ()
    assert built.event["traits"] == {"key": 7, "family": 7}


def test_an_ambiguous_field_is_written_by_its_family() -> None:
    assert write_pipe(Field("a", "", "contact", "text", ""), is_ambiguous=True) == "${m://a}"


def test_the_response_id_may_be_a_field_of_any_kind() -> None:
    fields = [Field("ResponseID", "", "question", "text", "")]
    assert compile_definition(identify(("key", "${e://Field/ResponseID}")), fields).problems == ()
