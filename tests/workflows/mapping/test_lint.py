from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.workflows.mapping.builders import build, found, identify, track
from workflows.mapping.definition import Definition, Row
from workflows.mapping.lint import lint
from workflows.mapping.problems import Fix


def advice(definition: Definition, **answers: object) -> list[tuple[str, str, str]]:
    return found(lint(definition, build(definition, answers)))


def test_a_model_event_gets_no_advice() -> None:
    rows = [
        ("email", "${email}"),
        ("age", "${age}"),
        ("company.name", "Acme"),
        ("company.employee_count", "${age}"),
    ]
    assert advice(identify(*rows, user_id="${id}"), id="u-1", email="a@b.co", age=36) == []
    rows = [("revenue", "${n}"), ("value", "${n}"), ("currency", "EUR"), ("age", "ripe")]
    definition = Definition("track", "Order Completed", "${id}", rows=track(*rows).rows)
    assert advice(definition, id="u-1", n=9.5) == []


def test_an_email_address_as_user_id() -> None:
    assert advice(identify(user_id="${e}"), e="ada@example.com") == [("email_user_id", "warning", "user_id")]
    assert advice(identify(user_id="${e}"), e="ada@example") == []
    assert advice(identify(user_id="${e}"), e="a@" + ".a" * 16_000 + "@") == []


def test_an_id_that_is_the_same_for_everybody() -> None:
    assert advice(identify(user_id="", anonymous_id="me")) == [("constant_id", "warning", "anonymous_id")]
    assert advice(identify(user_id="me")) == [("constant_id", "warning", "user_id")]
    assert advice(identify(user_id="me-${a}"), a=1) == []


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("age", "36", [("reserved_type", "warning", "row-1")]),
        ("age", 36, []),
        ("email", 7, [("reserved_type", "warning", "row-1")]),
        ("first_name", True, [("reserved_type", "warning", "row-1")]),
        ("createdAt", 1700000000, [("reserved_type", "warning", "row-1")]),
        ("address", "1 Main St", [("reserved_type", "warning", "row-1")]),
        ("address", {"city": "Oslo"}, []),
        ("address.city", ["Oslo"], [("reserved_type", "warning", "row-1")]),
        ("company.employee_count", "10", [("reserved_type", "warning", "row-1")]),
        ("age.years", 36, [("reserved_type", "warning", "row-1")]),
        ("shoe_size", "36", []),
        ("age", None, []),
    ],
)
def test_reserved_traits_of_another_type(
    key: str, value: object, expected: list[tuple[str, str, str]]
) -> None:
    assert advice(identify((key, "${v}"), user_id="${id}"), v=value, id="u-1") == expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("revenue", "9.50", [("reserved_type", "warning", "row-1")]),
        ("value", False, [("reserved_type", "warning", "row-1")]),
        ("currency", 978, [("reserved_type", "warning", "row-1")]),
        ("currency", "€", [("bad_currency", "warning", "row-1")]),
        ("currency", "eur", [("bad_currency", "warning", "row-1")]),
        ("currency", "EUR", []),
    ],
)
def test_reserved_properties(key: str, value: object, expected: list[tuple[str, str, str]]) -> None:
    definition = Definition("track", "Order Completed", "${id}", rows=track((key, "${v}")).rows)
    assert advice(definition, v=value, id="u-1") == expected


def test_one_finding_per_reserved_trait() -> None:
    definition = identify(("age.years", "1"), ("age.months", "2"), user_id="${id}")
    assert advice(definition, id="u-1") == [("reserved_type", "warning", "row-1")]


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("Survey Completed", True),
        ("NPS Answered", True),
        ("アンケート 完了", True),
        ("survey completed", False),
        ("Survey_Completed", False),
        ("user_signed_up", False),
        ("Survey completed", False),
    ],
)
def test_event_names_in_title_case(name: str, is_fine: bool) -> None:
    definition = Definition("track", name, "${id}")
    expected = [] if is_fine else [("event_name_style", "hint", "event_name")]
    assert advice(definition, id="u-1") == expected


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("birthday", "1990-12-31", None),
        ("createdAt", "2025-03-04T05:06:07Z", None),
        ("created_at", "31.12.1990", "reserved_date"),
        ("website", "https://example.com", None),
        ("avatar", "none", "reserved_url"),
        ("email", "ada@example.com", None),
        ("email", "ada", "reserved_email"),
        ("email", "x" * 20_000 + "@example.com", "reserved_email"),
    ],
)
def test_reserved_traits_that_are_more_than_a_text(key: str, value: str, code: str | None) -> None:
    definition = identify((key, "${v}"), user_id="${id}")
    assert [problem.code for problem in lint(definition, build(definition, {"v": value, "id": "u-1"}))] == (
        [code] if code else []
    )


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        (["first_name", "home_town"], []),
        (["firstName", "homeTown", "plan"], []),
        (["firstName", "home_town", "birth_place"], ["row-1"]),
        (["firstName", "homeTown", "birth_place"], ["row-3"]),
        (["a.homeTown", "b.first_name"], ["row-1"]),
        (["Plan", "URL", "first_name"], []),
    ],
)
def test_traits_in_one_case(keys: list[str], where: list[str]) -> None:
    definition = identify(*((key, "x") for key in keys), user_id="${id}")
    found_here = lint(definition, build(definition, {"id": "u-1"}))
    assert [(problem.code, problem.where) for problem in found_here] == [("mixed_case", row) for row in where]


def test_property_keys_are_in_snake_case() -> None:
    definition = track(("orderID", "x"), ("items[].lineTotal2", "x"), ("order_id2", "x"), user_id="${id}")
    problems = lint(definition, build(definition, {"id": "u-1"}))
    assert [(problem.where, problem.fix) for problem in problems] == [
        ("row-1", Fix("set_key", {"key": "order_id"})),
        ("row-2", Fix("set_key", {"key": "items[].line_total_2"})),
    ]


@pytest.mark.parametrize(
    ("key", "is_personal"),
    [
        ("ada@example\\.com", True),
        ("+49 170 1234567", True),
        ("q12_2025", False),
        ("order_20250304", True),
        ("a@b", False),
    ],
)
def test_personal_data_in_keys(key: str, is_personal: bool) -> None:
    expected = [("personal_key", "warning", "row-1")] if is_personal else []
    assert advice(identify((key, "x"), user_id="${id}"), id="u-1") == expected


def test_300_keys_are_fine_and_301_are_too_many() -> None:
    rows = [(f"k{n}", "x") for n in range(301)]
    assert advice(identify(*rows[:300], user_id="${id}"), id="u-1") == []
    assert advice(identify(*rows, user_id="${id}"), id="u-1") == [("too_many_keys", "warning", "event")]


@pytest.mark.parametrize(
    ("make", "key", "text", "value", "fix"),
    [
        (identify, "age", "${v}", "36", Fix("set_type", {"type": "number"})),
        (identify, "age", "${v}", "old", None),
        (identify, "phone", "${v}", 4711, Fix("set_type", {"type": "string"})),
        (identify, "phone", "${v}", [4711], None),
        (identify, "birthday", "${v}", "31.12.1990", Fix("set_type", {"type": "date"})),
        (identify, "birthday", "${v}", "1.2.1990", None),
        (track, "currency", "${v}", "eur ", Fix("set_value", {"value": "${v | trim | upper}"})),
        (track, "currency", "usd", None, Fix("set_value", {"value": "USD"})),
        (track, "currency", "${v}", "euro", None),
    ],
)
def test_a_fix_mends_the_finding(
    make: Callable[..., Definition], key: str, text: str, value: object, fix: Fix | None
) -> None:
    definition = make((key, text), user_id="${id}")
    answers = {"v": value, "id": "u-1"}
    (problem,) = lint(definition, build(definition, answers))
    assert problem.fix == fix
    if fix is not None:
        settings = {"key": key, "value": text, **fix.params}
        mended = replace(definition, rows=(Row(**settings),))
        assert lint(mended, build(mended, answers)) == ()


def test_an_event_name_is_mended() -> None:
    definition = Definition("track", "survey_completed twice", "${id}")
    (problem,) = lint(definition, build(definition, {"id": "u-1"}))
    assert problem.fix == Fix("set_event_name", {"name": "Survey Completed Twice"})


def test_all_integrations_are_written_all() -> None:
    definition = identify(integrations=(("ALL", True), ("All", False), ("Mixpanel", True)), user_id="${id}")
    problems = found(lint(definition, build(definition, {"id": "u-1"})))
    assert problems == [("integration_case", "warning", "integrations")]


@pytest.mark.parametrize(
    ("definition", "spelled"),
    [
        (identify(("Email", "x"), user_id="${id}"), "email"),
        (identify(("first-name", "x"), user_id="${id}"), "firstName"),
        (identify(("Company.Name", "x"), user_id="${id}"), "company.name"),
        (identify(("address.Postal_Code", "x"), user_id="${id}"), "address.postalCode"),
        (track(("Revenue", "1"), user_id="${id}"), "revenue"),
        (identify(("Revenue", "x"), user_id="${id}"), None),
        (track(("Email", "x"), user_id="${id}"), None),
        (identify(("first_name", "x"), ("Plan", "x"), ("a.b.Email", "x"), user_id="${id}"), None),
    ],
)
def test_reserved_names_are_written_as_segment_does(definition: Definition, spelled: str | None) -> None:
    problems = lint(definition, build(definition, {"id": "u-1"}))
    fixes = [problem.fix for problem in problems if problem.code == "reserved_spelling"]
    assert fixes == ([Fix("set_key", {"key": spelled})] if spelled else [])
