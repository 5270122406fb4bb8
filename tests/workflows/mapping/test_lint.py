from __future__ import annotations

import pytest

from tests.workflows.mapping.builders import build, found, identify, track
from workflows.mapping.definition import Definition
from workflows.mapping.lint import lint


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
