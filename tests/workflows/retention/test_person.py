from __future__ import annotations

import hashlib
import json

import pytest

from workflows.retention.person import Criterion, Person

ADA = Person(Criterion.EMAIL, " Ada@Example.com ")
SEVEN = Person(Criterion.USER_ID, "user-7")
NUMBER = Person(Criterion.USER_ID, "90210")


@pytest.mark.parametrize(
    ("person", "answers", "is_hers"),
    [
        (ADA, {"email": "ada@example.com"}, True),
        (ADA, {"email": "\tADA@EXAMPLE.COM\n"}, True),
        (ADA, {"a": [{"b": {"c": ["x", "ada@example.com"]}}]}, True),
        (ADA, {"by_address": {"ada@example.com": 9}}, True),
        (ADA, "ada@example.com", True),
        (ADA, {"comment": "Write to ada@example.com"}, False),
        (ADA, {"email": "ada@example.com.au"}, False),
        (ADA, {"email": "xada@example.com"}, False),
        (ADA, {"email": None, "score": 9, "is_new": True, "tags": []}, False),
        (SEVEN, {"id": "user-7"}, True),
        (SEVEN, {"id": "User-7"}, False),
        (SEVEN, {"id": " user-7"}, False),
        (SEVEN, {"id": "user-77"}, False),
        (NUMBER, {"id": 90210}, True),
        (NUMBER, {"id": "90210"}, True),
        (NUMBER, {"id": 90210.0}, False),
        (Person(Criterion.USER_ID, "True"), {"is_new": True}, False),
        (ADA, {"email": "ada@example.com", "name": "Zo\u00eb"}, True),
        (Person(Criterion.EMAIL, "kim@example.com"), {"email": "\u212aim@example.com"}, True),
        (Person(Criterion.USER_ID, 'a"b\\c/d'), {"id": 'a"b\\c/d'}, True),
        (Person(Criterion.USER_ID, "a\tb-7"), {"id": "a\tb-7"}, True),
        (Person(Criterion.EMAIL, "jos\u00e9@exämple.com"), {"email": "JOS\u00c9@EXÄMPLE.com"}, True),
    ],
)
def test_answers_are_hers_by_a_whole_value(person: Person, answers: object, is_hers: bool) -> None:
    assert person.is_in_answers(json.dumps(answers)) is is_hers


@pytest.mark.parametrize(
    ("person", "event", "is_hers"),
    [
        (ADA, {"userId": "ADA@example.com"}, True),
        (ADA, {"userId": "1", "traits": {"contact": {"email": "ada@example.com"}}}, True),
        (ADA, {"userId": "1", "traits": {"email": "bob@example.com"}}, False),
        (SEVEN, {"userId": "user-7"}, True),
        (SEVEN, {"anonymousId": "user-7"}, True),
        (SEVEN, {"userId": "user-8", "traits": {"friend": "user-7"}}, False),
        (SEVEN, ["user-7"], False),
    ],
)
def test_events_are_hers_by_an_address_anywhere_or_by_their_ids(
    person: Person, event: object, is_hers: bool
) -> None:
    assert person.is_in_body(json.dumps(event)) is is_hers


@pytest.mark.parametrize("text", ['{"email": "ADA@example.com"', "[" * 100_000 + '"ada@example.com"'])
def test_what_is_no_readable_json_counts_as_hers_where_it_has_the_value(text: str) -> None:
    assert ADA.is_in_answers(text)
    assert not SEVEN.is_in_answers(text)


def test_nothing_is_nobodys() -> None:
    assert not ADA.is_in_answers("")
    assert not SEVEN.is_in_body("")


def test_the_digest_is_that_of_the_address_in_lower_case_or_of_the_id() -> None:
    assert ADA.digest == hashlib.sha256(b"ada@example.com").hexdigest()
    assert SEVEN.digest == hashlib.sha256(b"user-7").hexdigest()


def test_printing_a_person_does_not_print_the_value() -> None:
    assert repr(SEVEN) == "Person(criterion=<Criterion.USER_ID: 'user_id'>)"
