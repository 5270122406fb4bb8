from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.mapping.builders import FIELDS, build, found, identify, json_values, yielded
from workflows.mapping.event import compile_definition
from workflows.mapping.filter_syntax import parse_filters
from workflows.mapping.filters import FILTERS, apply_filters
from workflows.mapping.parts import FilterCall, PipeRefused
from workflows.mapping.values import Fault, encode, find_fault


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("trim", [FilterCall("trim")]),
        (" trim | lower ", [FilterCall("trim"), FilterCall("lower")]),
        ('default:"a, b | c: d"', [FilterCall("default", ("a, b | c: d",))]),
        ("default: n/a ", [FilterCall("default", ("n/a",))]),
        ("default:http://x", [FilterCall("default", ("http://x",))]),
        ('default:""', [FilterCall("default", ("",))]),
        ('replace : "a" , b', [FilterCall("replace", ("a", "b"))]),
        ("slice:-3", [FilterCall("slice", (-3,))]),
        ("slice:0,5|round:2", [FilterCall("slice", (0, 5)), FilterCall("round", (2,))]),
        ("or:other|or: work email ", [FilterCall("or", ("other",)), FilterCall("or", ("work email",))]),
        ('get:"a.b[2]"', [FilterCall("get", ("a", "b", 2))]),
        (r'join:"\t\n\\n\""', [FilterCall("join", ('\t\n\\n"',))]),
    ],
)
def test_filters_are_read(text: str, calls: list[FilterCall]) -> None:
    assert parse_filters(text) == tuple(calls)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_filter"),
        ("trim|", "empty_filter"),
        ("|trim", "empty_filter"),
        ("Trim", "unknown_filter"),
        (":", "unknown_filter"),
        ("trim()", "unknown_filter"),
        ("trim:1", "bad_filter"),
        ("default", "bad_filter"),
        ("default:", "bad_filter"),
        ('default:"a" b', "bad_filter"),
        ("replace:a", "bad_filter"),
        ('replace:"","x"', "bad_filter"),
        ('split:""', "bad_filter"),
        ("round:16", "bad_filter"),
        ("round:-1", "bad_filter"),
        ("round:1,2", "bad_filter"),
        ("slice", "bad_filter"),
        ("slice:a", "bad_filter"),
        ("slice:99999999999", "bad_filter"),
        ('date:"Q"', "bad_filter"),
        ("recode:a", "bad_filter"),
        ("get", "bad_filter"),
        ('get:"a..b"', "bad_filter"),
        ('get:"a[]"', "bad_filter"),
        ("get:a,b", "bad_filter"),
        ("or", "bad_filter"),
        ('or:""', "bad_filter"),
        ("or:a,b", "bad_filter"),
        ("default:“x”", "curly_quotes"),
        ("or:‘x’", "curly_quotes"),
        ("|".join(["trim"] * 21), "too_many_filters"),
    ],
)
def test_bad_filters_are_refused(text: str, code: str) -> None:
    with pytest.raises(PipeRefused) as refused:
        parse_filters(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("uper", "upper"),
        ("lowercase", "lower"),
        ("defualt", "default"),
        ("SHA256", "sha256"),
        ("Trim", "trim"),
        ("zz", None),
        ("", None),
    ],
)
def test_the_nearest_filter_is_named(name: str, nearest: str | None) -> None:
    with pytest.raises(PipeRefused) as refused:
        parse_filters(f"{name}:x")
    assert refused.value.params.get("suggestion") == nearest


EXAMPLES = ("trim", "lower", "upper", "title", 'default:"x"', "sha256", 'replace:"a","bb"', 'split:","')
EXAMPLES += (
    'join:", "',
    "number",
    "round",
    "round:2",
    'date:"c Y"',
    "slice:1",
    "slice:-2,9",
    "json",
    "or:other",
)
EXAMPLES += ('recode:"a","b","c"', 'recode:"1","b"', 'get:"a.b[0]"', "get:a")
calls = st.lists(st.sampled_from([parse_filters(text)[0] for text in EXAMPLES]), max_size=4).map(tuple)


def test_every_filter_is_tried() -> None:
    assert {call.name for text in EXAMPLES for call in parse_filters(text)} == set(FILTERS)
    for kind in FILTERS.values():
        assert parse_filters(kind.usage)[0].name == kind.name
        assert str(kind.help)


@given(json_values | st.text("0123456789.,:-/ TZ+apm", max_size=20) | st.lists(st.text(" 1a,")), calls)
def test_a_filter_never_raises_and_yields_sound_json_or_a_fault(
    value: object, chain: tuple[FilterCall, ...]
) -> None:
    if find_fault(value):
        return
    done = apply_filters(chain, value)
    assert encode(done) == encode(apply_filters(chain, value))
    assert isinstance(done, Fault) or find_fault(done) is None


@pytest.mark.parametrize("value", [None, "", " ", [], {}])
def test_an_empty_value_passes_all_filters_but_default_and_or(value: object) -> None:
    for text in EXAMPLES:
        call = parse_filters(text)
        expected = {"default": "x", "or": 7}.get(call[0].name, value)
        assert apply_filters(call, value, {"other": 7}.get) == expected


def test_what_would_grow_past_an_event_is_refused_before_it_grows() -> None:
    for text, value in (
        (f'replace:"a","{"b" * 20_000}"', "a" * 30_000),
        (f'replace:"a","{"b" * 20_000}"', ["a"] * 10_000),
        (f'join:"{"b" * 20_000}"', ["a"] * 10_000),
        ("sha256", ["a"] * 10_000),
    ):
        done = apply_filters(parse_filters(text), value)
        assert isinstance(done, Fault)
        assert done.code == "value_too_large"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.5, 0, 1),
        (-2.5, 0, -3),
        (1.005, 2, 1.01),
        (1e300, 2, 1e300),
        (7, 3, 7),
        ([1.26, None, "2.34"], 1, [1.3, None, 2.3]),
    ],
)
def test_halves_are_rounded_away_from_zero(value: object, digits: int, expected: object) -> None:
    assert apply_filters((FilterCall("round", (digits,)),), value) == expected


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ({"a": {"b": ["x", "y"]}}, "x"),
        ({"a": [{"b": ["x"]}, {"b": "y"}, {"c": 1}, 7, None]}, ["x"]),
        ({"a": {"b": []}}, None),
        ({"a": "text"}, None),
        ([], []),
        (" [1", Fault("not_json_text", {"value": " [1"})),
        (7, Fault("filter_input", {"filter": "get", "value": "7"})),
    ],
)
def test_a_part_of_a_value_is_taken(value: object, part: object) -> None:
    assert apply_filters(parse_filters('get:"a.b[0]"'), value) == part


def test_other_answers_are_tried_in_turn_and_checked_as_any_value() -> None:
    answers = {"b": "  ", "c": float("nan"), "d": " X "}
    text = "${a | or:b | or:d | trim | lower}"
    assert yielded(text, **answers) == "x"
    assert yielded(text, a="A", **answers) == "a"
    assert build(identify(("key", "${a | or:b}")), answers).event["traits"] == {}
    assert found(build(identify(("key", "${a | or:c}")), answers).problems) == [
        ("not_finite", "warning", "row-1")
    ]
    assert build(identify(user_id="${a | or:d | trim}"), answers).event["userId"] == "X"


def test_an_unknown_field_behind_or_is_found() -> None:
    definition = identify(("k", "${email | or:scoer}"), ("l", '${email | or:scoer | default:"x"}'))
    problems = compile_definition(definition, FIELDS).problems
    assert found(problems) == [("unknown_field", "error", "row-1"), ("unknown_field", "warning", "row-2")]
    assert problems[0].params["suggestion"] == "score"


def test_a_filter_that_cannot_take_a_value_leaves_the_row_out_with_a_warning() -> None:
    built = build(identify(("key", "${a | lower}"), ("b", "x")), {"a": {"c": 1}})
    assert found(built.problems) == [("filter_input", "warning", "row-1")]
    assert built.problems[0].params == {"key": "key", "filter": "lower", "value": '{"c":1}'}
    assert built.event["traits"] == {"b": "x"}


def test_filters_work_in_ids_and_texts() -> None:
    definition = identify(("key", "Dear ${name | title}"), user_id="${email | trim | lower | sha256}")
    built = build(definition, {"name": "ada", "email": " ADA@example.com"})
    assert built.event["traits"] == {"key": "Dear Ada"}
    assert built.event["userId"] == "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"


def test_a_pipe_in_a_filters_argument_is_not_expanded() -> None:
    built = build(identify(("key", '${a | default:"${b}"}')), {"b": "x"})
    assert found(built.problems) == [("nested_pipe", "error", "row-1")]
    assert yielded("${a | upper} ${a}", a="x") == "X x"
