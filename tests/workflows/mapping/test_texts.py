from __future__ import annotations

import pytest

from tests.workflows.mapping.builders import FIELDS, found, identify
from workflows.mapping.definition import Field
from workflows.mapping.event import compile_definition


@pytest.mark.parametrize(
    ("text", "code", "level", "quoted"),
    [
        ("$email", "looks_like_pipe", "warning", "$email"),
        ("Dear $email!", "looks_like_pipe", "warning", "$email"),
        ("{email}", "looks_like_pipe", "warning", "{email}"),
        ("{{ email }}", "looks_like_pipe", "warning", "{{ email }}"),
        ("${score} {{email}}", "looks_like_pipe", "warning", "{{email}}"),
        ("email", "looks_like_key", "hint", "email"),
        (" score ", "looks_like_key", "hint", "score"),
    ],
)
def test_what_looks_like_a_field_and_is_not_piped_is_told(
    text: str, code: str, level: str, quoted: str
) -> None:
    (problem,) = compile_definition(identify(("key", text)), FIELDS).problems
    assert (problem.code, problem.level, problem.params["text"]) == (code, level, quoted)


@pytest.mark.parametrize(
    "text",
    ["$5", "{x}", "{{ nobody }}", r"\${email}", "Email", "an email", '{"a": 1}', "$", "{", "${email}", ""],
)
def test_what_is_only_text_is_left_alone(text: str) -> None:
    assert compile_definition(identify(("key", text)), FIELDS).problems == ()


def test_without_fields_nothing_looks_like_one() -> None:
    assert compile_definition(identify(("key", "$email"), ("b", "email")), None).problems == ()


def test_every_text_of_the_form_is_read_so() -> None:
    definition = identify(
        user_id="$email", anonymous_id="u-$email", timestamp="$email", context=(("page.url", "$email"),)
    )
    assert found(compile_definition(definition, FIELDS).problems) == [
        ("looks_like_pipe", "warning", where)
        for where in ("user_id", "anonymous_id", "timestamp", "context-page.url")
    ]


def test_the_pipe_that_is_offered_is_the_one_of_the_menu() -> None:
    fields = [Field("a", "", "question", "text", 1), Field("a", "", "contact", "text", 2)]
    (problem,) = compile_definition(identify(("key", "{a}")), fields).problems
    assert problem.params["suggestion"] == "${q://a}"
    pipes = identify(("key", "${q://a}"), ("b", "${m://a}"), ("c", "${e://Field/a}"))
    assert found(compile_definition(pipes, fields).problems) == [("wrong_family", "error", "row-3")]
