"""Every one-click fix, clicked: its finding is gone, and nothing is worse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from tests.workflows.mapping.builders import (
    FIELDS,
    any_answers,
    build,
    context_names,
    definitions,
    identify,
    mapping_texts,
    track,
)
from tests.workflows.mapping.test_problems import CAUSES
from tests.workflows.mapping.test_properties import thorough
from workflows.mapping.definition import Definition, Row
from workflows.mapping.event import compile_definition
from workflows.mapping.lint import lint
from workflows.mapping.problems import Fix, Problem


def find_all(definition: Definition, answers: dict[str, object]) -> tuple[Problem, ...]:
    built = build(definition, answers, FIELDS)
    return (*built.problems, *lint(definition, built))


def click(definition: Definition, problem: Problem) -> Definition:
    """`definition` as the page leaves it after the fix's button."""
    assert problem.fix is not None
    (text,) = problem.fix.params.values()
    assert text
    if problem.fix.kind == "set_event_name":
        assert problem.where == "event_name"
        return replace(definition, event_name=text)
    name = problem.fix.kind.removeprefix("set_")
    if problem.row_index is None:
        assert (name, problem.where) in (("value", "user_id"), ("value", "anonymous_id"))
        return replace(definition, **{problem.where: text})
    rows = list(definition.rows)
    rows[problem.row_index] = replace(rows[problem.row_index], **{name: text})
    return replace(definition, rows=tuple(rows))


def check(definition: Definition, answers: dict[str, object], problem: Problem) -> None:
    mended = click(definition, problem)
    assert count(find_all(mended, answers), problem) < count(find_all(definition, answers), problem)
    assert count_errors(mended) <= count_errors(definition)


def count(problems: tuple[Problem, ...], like: Problem) -> int:
    return sum((problem.code, problem.where) == (like.code, like.where) for problem in problems)


def count_errors(definition: Definition) -> int:
    """What would keep the task from being saved."""
    return sum(problem.level == "error" for problem in compile_definition(definition, FIELDS).problems)


@pytest.mark.parametrize("code", CAUSES)
def test_the_fix_of_each_message_mends_it(code: str) -> None:
    definition, answers = CAUSES[code]
    for problem in find_all(definition, answers):
        if problem.fix is not None:
            check(definition, answers, problem)


@thorough
@given(definitions, any_answers)
def test_a_fix_mends_any_mapping(definition: Definition, answers: dict[str, object]) -> None:
    for problem in find_all(definition, answers):
        if problem.fix is not None:
            check(definition, answers, problem)


@thorough
@given(context_names, mapping_texts)
def test_what_no_button_can_mend_has_none(name: str, text: str) -> None:
    problems = find_all(identify(user_id="${email}", timestamp=text, context=((name, text),)), {"email": "u"})
    assert {problem.fix for problem in problems} <= {None}


LONG = "x" * 2_000 + "$email"
VALUES = {
    "${email": "${email}",
    "Dear ${FirstName, hello": "Dear ${FirstName}, hello",
    "${email | lower": "${email | lower}",
    "${email and ${score}": "${email} and ${score}",
    "${email${score}": "${email}${score}",
    '${email | default:"x}': '${email | default:"x"}',
    '${email | default:"x': '${email | default:"x"}',
    "${emial}": "${email}",
    "Dear ${EMAIL | lower}.": "Dear ${email | lower}.",
    "${q://emial/QuestionText}": "${q://email/QuestionText}",
    "${e://Field/emial}": "${email}",
    "${m://emial | upper | trim}": "${email | upper | trim}",
    "${score | or:emial}": "${score | or:email}",
    '${score | or:"emial" | lower}': "${score | or:email | lower}",
    "${m://score}": "${score}",
    "${Q://score}": "${q://score}",
    "${e://plan}": "${e://Field/plan}",
    "${date://CurrentDate}": "${date://CurrentDate/c}",
    "${rand://1:9}": "${rand://int/1:9}",
    "${rand://int/9:1}": "${rand://int/1:9}",
    "${date://CurrentDate/Y-Q}": r"${date://CurrentDate/Y-\Q}",
    "${email | default:“x”}": '${email | default:"x"}',
    "${email | uper}": "${email | upper}",
    '${email | defualt : "x"}': '${email | default : "x"}',
    "${email | | trim}": "${email | trim}",
    "${email |}": "${email}",
    "Hello ~{ch://OCAC_1/$.a}": "Hello ",
    "$email": "${email}",
    "Dear {{ email }}!": "Dear ${email}!",
    "{email}": "${email}",
    "email": "${email}",
    r"\${email} $email": r"\${email} ${email}",
}


@pytest.mark.parametrize(("text", "mended"), VALUES.items())
def test_a_value_is_mended(text: str, mended: str) -> None:
    definition = identify(("key", text))
    (problem,) = find_all(definition, {"email": "x", "score": 1})[:1]
    assert problem.fix == Fix("set_value", {"value": mended})
    check(definition, {}, problem)
    found_in_id = find_all(identify(user_id=text), {})
    assert found_in_id[0].fix == Fix("set_value", {"value": mended})


@pytest.mark.parametrize(
    "text",
    ["${}", "${zzz}", "${email | round:x}", "~{ch://OCAC_1/$.a}", "${zz://City}", "${email | zzz}", LONG],
)
def test_a_value_without_an_obvious_way_out_has_no_fix(text: str) -> None:
    assert {problem.fix for problem in find_all(identify(("key", text)), {})} == {None}


KEYS = {
    ("a", "a"): "a_2",
    ("a", "a.b"): "a_b",
    ("a.b", "a"): "a_2",
    ("a.b", "a[0]"): "a_2[0]",
    ("a[0]", "a[]"): "a[1]",
    ("a[]", "a[0]"): "a[]",
    ("x", ""): "email",
    ("email", ""): "email_2",
    ("a..b",): "a.b",
    (".a.",): "a",
    (r"a\b",): r"a\\b",
    ("a.b.c.d.e.f.g.h.i.j.k",): "a.b.c.d.e.f.g.h.i.j_k",
    ("my ${email} key",): "my_email_key",
    ("a[0]b",): "a[0].b",
    ("a[01]",): "a[1]",
    ("a[*].b",): "a[].b",
    ("a[b]",): "a.b",
    ("a['b'].c",): "a.b.c",
    ("a[b c]",): r"a\[b c]",
    ("a[100].b",): "a[].b",
    ("ada@example\\.com",): "email",
    ("+49 170 1234567",): "phone",
    ("Email",): "email",
    ("e-mail",): "email",
    ("FirstName",): "firstName",
    ("Company.Name",): "company.name",
}


@pytest.mark.parametrize(("keys", "mended"), KEYS.items())
def test_a_key_is_mended(keys: tuple[str, ...], mended: str) -> None:
    definition = identify(*((key, "${email}") for key in keys))
    problems = find_all(definition, {"email": "ada@example.com"})
    problem = next(problem for problem in problems if problem.where == f"row-{len(keys)}")
    assert problem.fix == Fix("set_key", {"key": mended})
    check(definition, {"email": "ada@example.com"}, problem)


def test_no_fix_takes_the_key_of_another_row() -> None:
    definition = identify(
        ("Email", "x"), ("firstName", "x"), ("home_town", "x"), ("first_name", "x"), ("email", "x")
    )
    fixes = {problem.code: problem.fix for problem in find_all(definition, {})}
    assert (fixes["reserved_spelling"], fixes["mixed_case"]) == (None, None)
    definition = identify(("", "${email}"), ("email", "x"))
    assert find_all(definition, {})[0].fix == Fix("set_key", {"key": "email_2"})


@pytest.mark.parametrize(
    ("definition", "answers", "code", "fix"),
    [
        (identify(user_id="${email}"), {"email": "ada@example.com"}, "email_user_id",
         Fix("set_value", {"value": "${email | trim | lower | sha256}"})),
        (identify(("email", "${email}")), {"email": " ada@example.com "}, "reserved_email",
         Fix("set_value", {"value": "${email | trim}"})),
        (identify(("website", "${email}")), {"email": "example.com/a"}, "reserved_url",
         Fix("set_value", {"value": "https://${email}"})),
        (identify(("a", "${q://score/SelectedChoicesRecode}")), {"score": "Well"}, "not_a_code",
         Fix("set_value", {"value": "${q://score/ChoiceGroup/SelectedChoices}"})),
        (track(event_name=""), {}, "no_event_name", Fix("set_event_name", {"name": "Survey Completed"})),
        (track(event_name="${email} Sent"), {}, "pipe_in_event_name",
         Fix("set_event_name", {"name": "Sent"})),
        (track(event_name="~{ch://a}"), {}, "pipe_in_event_name",
         Fix("set_event_name", {"name": "Survey Completed"})),
        (track(event_name="Mail ada@example.com Sent"), {}, "personal_event_name",
         Fix("set_event_name", {"name": "Mail Sent"})),
        (Definition("identify", user_id="u", rows=(Row("a", "x", "Text"),)), {}, "unknown_type",
         Fix("set_type", {"type": "string"})),
        (Definition("identify", user_id="u", rows=(Row("a", "x", "money"),)), {}, "unknown_type",
         Fix("set_type", {"type": "auto"})),
    ],
)  # fmt: skip
def test_the_rest_is_mended(definition: Definition, answers: dict[str, object], code: str, fix: Fix) -> None:
    problem = next(problem for problem in find_all(definition, answers) if problem.code == code)
    assert problem.fix == fix
    check(definition, answers, problem)
