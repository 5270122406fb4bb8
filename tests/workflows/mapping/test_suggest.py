from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import any_text, build, definitions, identify, track
from tests.workflows.mapping.test_properties import thorough
from workflows.mapping.definition import Definition, Field, Row
from workflows.mapping.event import compile_definition
from workflows.mapping.keys import parse_key
from workflows.mapping.lint import lint
from workflows.mapping.menu import pipe_menu
from workflows.mapping.problems import row_where
from workflows.mapping.reserved import TRAITS
from workflows.mapping.suggest import TRAIT_NAMES, suggest_rows

SURVEY_KEYS = ("email", "Email", "company", "FirstName", "q://a", "a|b", "${x}", "Q1", " ")
KINDS = ("question", "embedded", "contact")
TYPES = ("text", "long_text", "email", "number", "boolean", "date", "url", "json")


def field(key: str, label: str = "", type_: str = "text", kind: str = "question") -> Field:
    return Field(key, label, kind, type_, None)


def keys(definition: Definition, *fields: Field) -> list[str]:
    return [row.key for row in suggest_rows(definition, fields)]


def test_each_field_becomes_a_row_with_its_pipe_and_type() -> None:
    fields = [
        field("email", "E-mail", "email", "contact"),
        field("QID1", "How likely are you to recommend us?", "number"),
        field("agreed", "", "boolean"),
        field("visited", "", "date"),
        field("colours", "", "json"),
        field("a|b", "Odd", "text", "embedded"),
    ]
    assert suggest_rows(identify(), fields) == (
        Row("email", "${email}"),
        Row("how_likely_are_you_to_recommend_us", "${QID1}", "number"),
        Row("agreed", "${agreed}", "boolean"),
        Row("visited", "${visited}", "date"),
        Row("colours", "${colours}"),
        Row("a_b", "${e://Field/a%7Cb}"),
    )


@pytest.mark.parametrize(
    "definition",
    [
        identify(("x", "${a}")),
        identify(("x", "Dear ${q://a/ChoiceTextEntryValue | trim}")),
        identify(("x", "${q://a/SelectedChoicesRecode}")),
        identify(("x", "${other | or:a}")),
        identify(user_id="${a}"),
        identify(anonymous_id="${q://a}"),
        identify(timestamp="${a}"),
        identify(context=(("page.url", "${a}"),)),
    ],
)
def test_a_field_that_is_piped_anywhere_is_not_mapped_again(definition: Definition) -> None:
    assert keys(definition, field("a"), field("b")) == ["b"]


def test_the_text_of_a_question_is_not_its_answer() -> None:
    assert keys(identify(("x", "${q://a/QuestionText}")), field("a")) == ["a"]


def test_mapping_all_twice_adds_nothing() -> None:
    fields = [field("email"), field("QID1", "Town"), field("QID2", "Town")]
    rows = suggest_rows(identify(), fields)
    assert [row.key for row in rows] == ["email", "address.city", "town"]
    assert suggest_rows(Definition("identify", user_id="u", rows=rows), fields) == ()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([field("FirstName"), field("LastName"), field("Email"), field("Phone")],
         ["firstName", "lastName", "email", "phone"]),
        ([field("q1", "What is your full name?"), field("q2", "Your e-mail address")], ["name", "email"]),
        ([field("RecipientEmail", type_="email")], ["email"]),
        ([field("work", "", "email"), field("mail", "", "email")], ["work", "email"]),
        ([field("work", "", "email"), field("home", "", "email")], ["email", "home"]),
        ([field("company"), field("Job title"), field("zip")],
         ["company.name", "title", "address.postalCode"]),
        ([field("company", type_="json"), field("Company name")], ["company_2", "company.name"]),
        ([field("email", type_="boolean"), field("name", type_="json")], ["email", "name"]),
        ([field("FirstName"), field("nps_score")], ["first_name", "nps_score"]),
    ],
)  # fmt: skip
def test_traits_that_segment_reserves(fields: list[Field], expected: list[str]) -> None:
    assert keys(identify(), *fields) == expected
    assert "mixed_case" not in [problem.code for problem in find_lint(identify(), fields)]


def find_lint(definition: Definition, fields: list[Field]) -> tuple[object, ...]:
    mapped = Definition("identify", user_id="${id}", rows=suggest_rows(definition, fields))
    return lint(mapped, build(mapped, {"id": "u-1", **{one.key: "x" for one in fields}}))


@pytest.mark.parametrize(
    ("one", "row_type"),
    [
        (field("age"), "number"),
        (field("phone", type_="number"), "string"),
        (field("birthday"), "auto"),
        (field("birthday", type_="date"), "date"),
        (field("age", type_="number"), "number"),
    ],
)
def test_a_trait_has_the_type_that_segment_expects(one: Field, row_type: str) -> None:
    assert [row.type for row in suggest_rows(identify(), [one])] == [row_type]


def test_a_track_event_has_properties_instead() -> None:
    fields = [field("FirstName"), field("email", "", "email"), field("revenue"), field("Currency")]
    assert suggest_rows(track(), fields) == (
        Row("first_name", "${FirstName}"),
        Row("email", "${email}"),
        Row("revenue", "${revenue}", "number"),
        Row("currency", "${Currency}"),
    )


def test_keys_that_rows_have_are_left_to_them() -> None:
    taken = ("score", "email", "company", "first_name", "a..b", "tags[]")
    fields = [field(key) for key in ("score", "email", "company", "FirstName", "tags", "Score")]
    assert keys(identify(*((key, "x") for key in taken)), *fields) == [
        "score_2", "email_2", "company_2", "first_name_2", "tags_2", "score_3"
    ]  # fmt: skip


def test_rows_in_camel_case_keep_the_traits_in_it() -> None:
    assert keys(identify(("homeTown", "x")), field("FirstName"), field("nps_score"))[0] == "firstName"


def test_the_numbers_of_long_names_fit() -> None:
    fields = [field(f"Q{number}", "x" * 100) for number in range(12)]
    assert keys(identify(), *fields)[-1] == "x" * 57 + "_12"


def test_a_key_of_two_kinds_is_mapped_once_by_its_family() -> None:
    fields = [field("a", kind="question"), field("a", kind="contact")]
    assert suggest_rows(identify(), fields) == (Row("a", "${q://a}"),)


def test_a_field_that_no_pipe_can_name_is_left_out() -> None:
    assert suggest_rows(identify(), [field("\ud800"), field("")]) == ()


def test_every_trait_by_name_is_one_that_segment_reserves() -> None:
    assert [key for key in TRAIT_NAMES if parse_key(key) not in TRAITS] == []


def test_a_thousand_fields_of_one_name_take_no_time() -> None:
    fields = [field(f"QID{number}", "The same long label of a question") for number in range(1_000)]
    begun = time.process_time()
    assert len(suggest_rows(identify(), fields)) == 1_000
    assert time.process_time() - begun < 2


fields_of_surveys = st.lists(
    st.builds(
        Field,
        any_text | st.sampled_from(SURVEY_KEYS),
        any_text | st.sampled_from(["E-mail", "Company", "First name", "Town"]),
        st.sampled_from(KINDS),
        st.sampled_from(TYPES),
        st.just(["a sample that has no hash"]),
    ),
    max_size=8,
)


@thorough
@given(definitions, fields_of_surveys)
def test_what_is_suggested_brings_no_error_and_leaves_nothing_out(
    definition: Definition, fields: list[Field]
) -> None:
    rows = suggest_rows(definition, fields)
    assert rows == suggest_rows(definition, fields)
    mapped = replace(definition, rows=(*definition.rows, *rows))
    of_rows = {problem.where for problem in compile_definition(mapped, fields).problems}
    assert of_rows & {row_where(len(definition.rows) + index) for index in range(len(rows))} == set()
    assert len({row.key for row in rows}) == len(rows)
    assert suggest_rows(mapped, fields) == ()
    pipes = {item.pipe for group in pipe_menu(fields) for item in group.items}
    assert {row.value for row in rows} <= pipes
