from __future__ import annotations

from tests.workflows.mapping.builders import FIELDS, identify, nest
from workflows.mapping.definition import Field
from workflows.mapping.event import compile_definition
from workflows.mapping.filters import FILTERS
from workflows.mapping.menu import MenuGroup, MenuItem, filter_menu, pipe_menu

RESPONSE = MenuGroup("Response", (MenuItem("Response ID", "${rm://Field/ResponseID}", ""),))
OTHERS = MenuGroup(
    "Date and chance",
    (
        MenuItem("Date received, ISO 8601", "${date://CurrentDate/c}", ""),
        MenuItem("Date received, year-month-day", "${date://CurrentDate/Y-m-d}", ""),
        MenuItem("Random number from 1 to 100", "${rand://int/1:100}", ""),
    ),
)


def test_fields_are_grouped_by_kind_in_the_surveys_order() -> None:
    assert pipe_menu(FIELDS) == (
        MenuGroup(
            "Questions",
            (MenuItem("E-mail", "${email}", "ada@example.com"), MenuItem("Score", "${score}", "7")),
        ),
        MenuGroup("Embedded data", (MenuItem("Plan", "${plan}", "pro"),)),
        MenuGroup("Contact", (MenuItem("First name", "${FirstName}", "Ada"),)),
        RESPONSE,
        OTHERS,
    )


def test_groups_without_fields_are_left_out() -> None:
    assert pipe_menu(()) == (RESPONSE, OTHERS)


def test_a_field_without_a_label_shows_its_key_and_one_without_a_key_is_left_out() -> None:
    fields = [Field("a", "", "question", "text", None), Field("", "Nameless", "question", "text", None)]
    assert pipe_menu(fields)[0] == MenuGroup("Questions", (MenuItem("a", "${a}", ""),))


def test_a_key_in_two_kinds_is_written_by_family() -> None:
    fields = [Field("a", "A", "question", "text", 1), Field("a", "B", "contact", "text", 2)]
    assert [item.pipe for group in pipe_menu(fields)[:2] for item in group.items] == [
        "${q://a}",
        "${m://a}",
    ]


def test_samples_are_short_texts_whatever_they_are() -> None:
    samples = ["x" * 100, ["a", "b"], {"a": True}, None, float("nan"), nest(10_000), "\ud800"]
    fields = [Field(f"f{index}", "", "question", "json", sample) for index, sample in enumerate(samples)]
    assert [item.sample for item in pipe_menu(fields)[0].items] == (
        ["x" * 59 + "…", "a, b", '{"a":true}', "", "", "", "\ufffd"]
    )


def test_every_pipe_of_the_menu_can_be_used() -> None:
    fields = [
        *FIELDS,
        Field("a|b}", "Odd", "embedded", "text", ""),
        Field("x://y", "Odd", "question", "text", ""),
    ]
    rows = [
        (f"k{index}", item.pipe) for index, item in enumerate(i for g in pipe_menu(fields) for i in g.items)
    ]
    assert compile_definition(identify(*rows), fields).problems == ()


def test_every_filter_of_the_menu_can_be_used() -> None:
    fields = [*FIELDS, Field("other_field", "", "question", "text", None)]
    rows = [(f"k{n}", f"${{email {item.text}}}") for n, item in enumerate(filter_menu())]
    assert compile_definition(identify(*rows), fields).problems == ()
    assert [item.name for item in filter_menu()] == list(FILTERS)
