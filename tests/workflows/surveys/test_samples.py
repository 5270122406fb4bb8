"""Fields from a pasted sample."""

from __future__ import annotations

import pytest

from workflows.intake.refusals import Refused
from workflows.surveys.samples import MOST_FIELDS, guess_type, print_sample, propose_fields, write_label


def rows(text: str, existing: frozenset[str] = frozenset()) -> list[tuple[str, str, object]]:
    return [(field.key, field.type, field.sample) for field in propose_fields(text, existing).fields]


def test_json_sample_becomes_fields_with_types_and_samples() -> None:
    text = """{"email": "ada@example.com", "score": 9, "ok": true, "site": "https://example.com/a",
      "born": "1815-12-10", "at": "1815-12-10T10:00:00Z", "tags": ["a"], "none": null, "zip": "01234"}"""
    assert rows(text) == [
        ("email", "email", "ada@example.com"),
        ("score", "number", 9),
        ("ok", "boolean", True),
        ("site", "url", "https://example.com/a"),
        ("born", "date", "1815-12-10"),
        ("at", "text", "1815-12-10T10:00:00Z"),
        ("tags", "json", ["a"]),
        ("none", "text", None),
        ("zip", "text", "01234"),
    ]


def test_form_body_becomes_fields_whose_text_is_read() -> None:
    assert rows("email=ada%40example.com&score=9&ok=true&zip=01234&tag=a&tag=b") == [
        ("email", "email", "ada@example.com"),
        ("score", "number", 9),
        ("ok", "boolean", True),
        ("zip", "text", "01234"),
        ("tag", "json", ["a", "b"]),
    ]


def test_fields_that_exist_are_kept_and_named() -> None:
    proposal = propose_fields('{"email": "x", "new": 1}', frozenset({"email"}))
    assert ([field.key for field in proposal.fields], proposal.known) == (["new"], ("email",))


def test_keys_that_cannot_be_keys_are_left_out_with_the_reason() -> None:
    proposal = propose_fields('{"a}": 1, "ok": 2, "' + "x" * 101 + '": 3, "": 4}', frozenset())
    assert [field.key for field in proposal.fields] == ["ok"]
    assert [key for key, _reason in proposal.skipped] == ["a}", "x" * 100, ""]
    assert all(reason for _key, reason in proposal.skipped)


def test_no_more_fields_than_a_survey_holds() -> None:
    proposal = propose_fields(
        "{" + ", ".join(f'"k{i}": 1' for i in range(5)) + "}", {str(i) for i in range(MOST_FIELDS - 2)}
    )
    assert (len(proposal.fields), len(proposal.skipped)) == (2, 3)


@pytest.mark.parametrize(
    ("text", "place"), [('{"a": 1,\n}', "line 2, column 1"), ("hello", "line 1, column 1"), ("", "line 1")]
)
def test_unreadable_sample_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(Refused) as caught:
        propose_fields(text, frozenset())
    assert place in caught.value.message


def test_long_sample_values_are_cut_or_left_out() -> None:
    text = '{"text": "' + "x " * 3000 + '", "list": [' + "1," * 3000 + "1]}"
    fields = propose_fields(text, frozenset()).fields
    assert [(field.type, len(print_sample(field.sample))) for field in fields] == [
        ("long_text", 2000),
        ("json", 0),
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("two\nlines", "long_text"), ("x" * 81, "long_text"), ("9", "text"), ("", "text")]
)
def test_plain_text_in_json(text: str, expected: str) -> None:
    assert guess_type(text) == expected


@pytest.mark.parametrize(
    ("key", "label"),
    [("first_name", "First name"), ("firstName", "First name"), ("NPS", "NPS"), ("utm.source", "Utm source"),
     ("_", "_"), ("Größe", "Größe")],
)  # fmt: skip
def test_labels_read_well(key: str, label: str) -> None:
    assert write_label(key) == label
