"""Mappings and submissions at the edge of sense: handled or refused, and quickly."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.workflows.mapping.builders import FIELDS, RECEIVED_AT, identify
from workflows.mapping.definition import Definition, Row, SubmissionData
from workflows.mapping.event import Built, build_event, compile_definition
from workflows.mapping.lint import lint

MOST_SECONDS = 0.2

LONG = "x" * 20_000


def numbered(count: int, write: Callable[[int], str]) -> str:
    return "".join(write(number) for number in range(count))


def write_slow(number: int) -> str:
    return f"${{email|title|slice:0,0{' ' * (number % 150)}{'|trim' * (number // 150)}}}"


CASES: dict[str, tuple[Definition, dict[str, object]]] = {
    "500 rows": (
        identify(*((f"group_{n % 7}.key_{n}", "${email} and ${score | round:1}") for n in range(500))),
        {"email": "ada@example.com", "score": "1.25"},
    ),
    "500 rows to one list": (identify(*(("a[]", "${email}") for _ in range(500))), {"email": "x"}),
    "500 rows as deep as can be": (
        identify(*((f"a.b.c.d.e.f.g.h.i.k{n}", "${email}") for n in range(500))),
        {"email": "x"},
    ),
    "500 rows that clash": (identify(*(("a", "${emial}") for _ in range(500))), {}),
    "500 rows with unknown filters": (
        identify(*((f"k{n}", numbered(20, lambda m: f"${{email | uper{m}}}")) for n in range(500))), {}
    ),
    "500 rows with broken pipes": (
        identify(*((f"k{n}", "${emial" + " and so on" * 30) for n in range(500))), {}
    ),
    "500 rows with what looks like a pipe": (identify(*((f"k{n}", "{email} " * 50) for n in range(500))), {}),
    "500 rows with wrong keys": (identify(*((f"a[{n}x]..b", "${email}") for n in range(500))), {}),
    "500 rows without keys": (identify(*(("", "${email}") for _ in range(500))), {}),
    "500 rows with misspelt keys": (identify(*((f"First-Name.Key{n}", "x") for n in range(500))), {}),
    "500 rows with other fields": (
        identify(*((f"k{n}", "${none" + " | or:none" * 18 + " | or:email}") for n in range(500))),
        {"email": LONG},
    ),
    "500 rows with a part of 20 KB": (
        identify(*((f"k{n}", f"${{email | get:k{n}}}") for n in range(500))),
        {"email": "{" + numbered(1_500, lambda n: f'"k{n}": {n}, ') + '"z": 1}'},
    ),
    "20 KB in a value": (identify(("a", LONG)), {}),
    "20 KB in an answer with filters": (
        identify(*((f"a{n}", "${email | trim | lower | title | sha256}") for n in range(200))),
        {"email": LONG},
    ),
    "20 KB in a key": (identify((LONG, "x")), {}),
    "20 KB of brackets in a key": (identify(("[" * 20_000, "x")), {}),
    "20 KB of open pipes": (identify(("a", "${" * 10_000)), {}),
    "20 KB of bars": (identify(("a", "${email" + "|" * 20_000 + "}")), {}),
    "20 KB of quotes": (identify(("a", "${email | default:" + '"' * 20_001 + "}")), {}),
    "20 KB of backslashes": (identify(("a", "\\" * 20_000 + "${email" + "\\" * 20_001)), {}),
    "20 KB that is nearly a number": (
        Definition("identify", user_id="u", rows=(Row("a", "${email}", "number"),)),
        {"email": "1,234" * 4_000},
    ),
    "20 KB that is nearly JSON": (
        Definition("identify", user_id="u", rows=(Row("a", "${email}", "json"),)), {"email": "[" * 20_000}
    ),
    "10,000 pipes": (identify(("a", "${email}" * 10_000)), {"email": "x"}),
    "10,000 pipes to an unknown field": (identify(("a", "${emial}" * 10_000)), {}),
    "10,000 pipes with a filter": (identify(("a", "${email|upper}" * 10_000)), {"email": "x"}),
    "2,000 different pipes with a slow filter": (
        identify(("a", numbered(2_000, write_slow))),
        {"email": LONG},
    ),
    "10,000 pipes of chance": (identify(("a", "${rand://int/1:9}" * 10_000)), {}),
    "a key in Arabic": (identify(("الاسم", "${الاسم | upper}")), {"الاسم": "ع"}),
    "an emoji": (identify(("😀", "${email | slice:0,1}")), {"email": "😀😀"}),
    "a lone surrogate": (identify(("\ud800", "\udfff${email | sha256}")), {"email": "\ud800"}),
    "__proto__": (identify(("__proto__.a", "1"), ("constructor.prototype[0]", "2")), {}),
}  # fmt: skip


def run(definition: Definition, answers: dict[str, object]) -> Built:
    compiled = compile_definition(definition, FIELDS)
    data = SubmissionData("sub-1", RECEIVED_AT, answers)
    built = build_event(compiled, data, message_id="m-1", random_id="r-1")
    for problem in (*built.problems, *lint(definition, built)):
        assert problem.message
    return built


@pytest.mark.parametrize("name", CASES)
def test_it_is_handled_or_refused_and_not_slowly(name: str) -> None:
    definition, answers = CASES[name]
    spent = []
    for _ in range(3):  # the least of three: other work on the machine is not ours
        begun = time.process_time()
        run(definition, answers)
        spent.append(time.process_time() - begun)
    assert min(spent) < MOST_SECONDS


def test_what_becomes_of_them() -> None:
    sendable = {name for name, case in CASES.items() if run(*case).is_sendable}
    assert sendable == {
        "500 rows",
        "500 rows to one list",
        "500 rows as deep as can be",
        "2,000 different pipes with a slow filter",  # its row is left out
        "20 KB in a value",
        "500 rows with misspelt keys",
        "500 rows with a part of 20 KB",
        "20 KB in an answer with filters",
        "20 KB that is nearly a number",
        "20 KB that is nearly JSON",
        "10,000 pipes",
        "10,000 pipes with a filter",
        "10,000 pipes of chance",
        "an emoji",
        "a lone surrogate",
        "__proto__",
    }
