from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest

from tests.workflows.mapping.builders import RECEIVED_AT, build, found, identify, nest, track
from workflows.mapping.definition import Definition, SubmissionData
from workflows.mapping.event import RowResult, build_event, compile_definition

LIBRARY = {"library": {"name": "tributary", "version": "0.1.0"}}


def test_a_whole_identify_event() -> None:
    definition = identify(("email", "${email}"), ("company.name", "${company}"), user_id="${id}")
    built = build(definition, {"id": 7, "email": "ada@example.com", "company": "Acme"})
    assert built.event == {
        "type": "identify",
        "messageId": "m-1",
        "timestamp": "2025-03-04T05:06:07.089+00:00",
        "userId": "7",
        "traits": {"email": "ada@example.com", "company": {"name": "Acme"}},
        "context": LIBRARY,
        "integrations": {},
    }
    assert built.body == json.dumps(built.event, separators=(",", ":")).encode()
    assert (built.size, built.problems, built.is_sendable) == (len(built.body), (), True)


def test_a_whole_track_event() -> None:
    built = build(
        track(("score", "${score}"), event_name=" Survey Completed ", anonymous_id="a-${n}"), {"n": 1}
    )
    assert built.event == {
        "type": "track",
        "messageId": "m-1",
        "timestamp": "2025-03-04T05:06:07.089+00:00",
        "userId": "u1",
        "anonymousId": "a-1",
        "event": "Survey Completed",
        "properties": {},
        "context": LIBRARY,
        "integrations": {},
    }
    assert built.is_sendable


# The SDK's package has the name of our own, so it is asked in a process that does not see ours.
SDK = """
import json, datetime
from segment.analytics.client import Client
client = Client("key", send=False)
moment = datetime.datetime(2025, 3, 4, 5, 6, 7, 89000, datetime.timezone.utc)
common = {"timestamp": moment, "message_id": "m-1", "user_id": "u1", "anonymous_id": "a-1"}
print(json.dumps([client.identify(traits={"score": 7}, **common)[1],
                  client.track(event="Survey Completed", properties={"score": 7}, **common)[1]]))
"""


def test_events_have_the_shape_of_segments_own_sdk() -> None:
    answer = subprocess.run([sys.executable, "-I", "-c", SDK], capture_output=True, check=True, text=True)
    theirs = json.loads(answer.stdout)
    for make, their in zip((identify, track), theirs, strict=True):
        ours = build(make(("score", "${score}"), anonymous_id="a-1"), {"score": 7}).event
        assert {**their, "context": LIBRARY} == ours


@pytest.mark.parametrize(
    "moment",
    [
        RECEIVED_AT,
        RECEIVED_AT.astimezone(timezone(timedelta(hours=5, minutes=45))),
        RECEIVED_AT.replace(tzinfo=None, microsecond=89_999),
    ],
)
def test_the_timestamp_is_in_utc_with_milliseconds(moment: datetime) -> None:
    compiled = compile_definition(identify(), None)
    built = build_event(compiled, SubmissionData("s", moment, {}), message_id="m", random_id="r")
    assert built.event["timestamp"] == "2025-03-04T05:06:07.089+00:00"


@pytest.mark.parametrize(
    ("user_id", "anonymous_id", "switch", "answers", "ids"),
    [
        ("${a}", "${b}", True, {"a": "x", "b": "y"}, {"userId": "x", "anonymousId": "y"}),
        ("${a}", "${b}", True, {"a": "x"}, {"userId": "x"}),
        ("${a}", "${b}", True, {"b": "y"}, {"anonymousId": "y"}),
        ("${a}", "${b}", True, {}, {"anonymousId": "r-1"}),
        ("${a}", "${b}", True, {"a": " ", "b": []}, {"anonymousId": "r-1"}),
        ("", "", True, {}, {"anonymousId": "r-1"}),
        ("${a}", "", False, {"a": 7}, {"userId": "7"}),
        ("${a}", "", False, {"a": 0}, {"userId": "0"}),
        ("${a}", "", False, {"a": 7.5}, {"userId": "7.5"}),
        ("${a}", "", False, {"a": 10**20}, {"userId": "100000000000000000000"}),
        ("user-${a}", "", False, {"a": 7}, {"userId": "user-7"}),
        ("user-${a}", "", True, {}, {"anonymousId": "r-1"}),
        ("${a}-${b}", "", True, {"b": "y"}, {"userId": "-y"}),
        ("user-${a}", "", False, {"a": True}, {"userId": "user-true"}),
        (" u1 ", "", False, {}, {"userId": "u1"}),
    ],
)
def test_identity(
    user_id: str, anonymous_id: str, switch: bool, answers: dict[str, object], ids: dict[str, str]
) -> None:
    built = build(identify(user_id=user_id, anonymous_id=anonymous_id, random_anonymous_id=switch), answers)
    assert {name: built.event[name] for name in ("userId", "anonymousId") if name in built.event} == ids
    assert built.problems == ()


@pytest.mark.parametrize("answers", [{}, {"a": ""}, {"a": None}])
def test_an_event_without_an_id_is_not_sendable(answers: dict[str, object]) -> None:
    built = build(identify(user_id="${a}", anonymous_id="x-${b}"), answers)
    assert found(built.problems) == [("no_identity", "error", "user_id")]
    assert not built.is_sendable


def test_a_missing_id_is_said_once() -> None:
    assert found(build(identify(user_id="")).problems) == [("no_identity", "error", "user_id")]
    assert found(build(identify(user_id="${")).problems) == [("unterminated_pipe", "error", "user_id")]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (True, ("bad_id", {"key": "userId", "type": "boolean", "value": "true"})),
        (["x"], ("bad_id", {"key": "userId", "type": "array", "value": '["x"]'})),
        ({"x": 1}, ("bad_id", {"key": "userId", "type": "object", "value": '{"x":1}'})),
        (float("nan"), ("not_finite", {"key": "userId", "value": "nan"})),
        (nest(10_000), ("too_deep", {"key": "userId", "limit": 64})),
        ("x" * 40_000, ("value_too_large", {"key": "userId", "size": 40_000, "limit": 32_768})),
    ],
)
def test_an_unusable_id_is_an_error_even_beside_another(
    value: object, problem: tuple[str, dict[str, object]]
) -> None:
    definition = identify(user_id="${a}", anonymous_id="anon", random_anonymous_id=True)
    built = build(definition, {"a": value})
    assert [(found.code, dict(found.params)) for found in built.problems] == [problem]
    assert found(built.problems) == [(problem[0], "error", "user_id")]
    assert "userId" not in built.event
    assert not built.is_sendable


def test_single_pipes_keep_their_json_type() -> None:
    answers = {"s": "7", "n": 7, "f": 7.0, "b": False, "o": {"x": [1]}, "l": [1, "a", None], "z": 0}
    built = build(identify(*((key, f"${{{key}}}") for key in answers)), answers)
    assert built.body.decode().split('"traits":')[1].split(',"context"')[0] == (
        '{"s":"7","n":7,"f":7.0,"b":false,"o":{"x":[1]},"l":[1,"a",null],"z":0}'
    )


def test_empty_values_leave_their_keys_and_their_objects_out() -> None:
    texts = {"null": None, "text": "", "blank": " \n", "list": [], "object": {}}
    rows = [(f"a.b.{key}", f"${{{key}}}") for key in (*texts, "missing")]
    built = build(
        identify(*rows, ("literal", "  "), ("mixed", "${null} ${text}"), ("kept", "-${null}")), texts
    )
    assert built.event["traits"] == {"kept": "-"}
    assert [row.status for row in built.rows] == ["left_out"] * 8 + ["sent"]
    assert built.problems == ()


def test_a_result_per_row() -> None:
    rows = [("a.b", "${n}"), ("c", "${none}"), ("d", "${nan}"), ("a..e", "x"), ("", ""), ("f", "x${n}")]
    built = build(identify(*rows), {"n": 7, "nan": float("nan")})
    assert built.rows == (
        RowResult("row-1", "a.b", 7, "number", "sent"),
        RowResult("row-2", "c", None, "null", "left_out"),
        RowResult("row-3", "d", None, "null", "failed"),
        RowResult("row-4", "a..e", None, "null", "failed"),
        RowResult("row-5", "", None, "null", "left_out"),
        RowResult("row-6", "f", "x7", "string", "sent"),
    )


@pytest.mark.parametrize("text", ["${a}", "mixed ${a}"])
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("inf"), "not_finite"),
        ({"deep": [float("nan")]}, "not_finite"),
        ([10**5000], "number_too_long"),
        (nest(10_000), "too_deep"),
        (object(), "not_json"),
    ],
)
def test_what_json_cannot_carry_is_left_out_with_a_warning(text: str, value: object, code: str) -> None:
    built = build(identify(("x", "1"), ("a", text)), {"a": value})
    assert found(built.problems) == [(code, "warning", "row-2")]
    assert built.event["traits"] == {"x": "1"}
    assert built.is_sendable


def test_a_value_past_an_events_size_stops_the_event() -> None:
    built = build(identify(("x", "1"), ("a", "${a}")), {"a": "x" * 32_769})
    assert found(built.problems) == [("value_too_large", "error", "row-2")]
    assert not built.is_sendable


def test_an_event_of_exactly_32_kb_is_sendable_and_one_byte_more_is_not() -> None:
    definition = identify(("a", "${a}"), ("b", "${b}"))
    spare = 32 * 1024 - build(definition, {"a": "x", "b": "x"}).size + 1
    fitting = build(definition, {"a": "x", "b": "x" * spare})
    assert (fitting.size, fitting.problems) == (32_768, ())
    over = build(definition, {"a": "é", "b": "x" * spare})
    assert found(over.problems) == [("too_large", "error", "event")]
    assert over.problems[0].params == {"size": 32_769, "limit": 32_768}


def test_many_pipes_to_a_big_answer_stop_at_the_limit() -> None:
    text = "${a}" * 10_000
    assert found(build(identify(("k", text)), {"a": "x" * 30_000}).problems) == [
        ("value_too_large", "error", "row-1")
    ]
    assert build(identify(("k", text)), {"a": [None] * 30_000}).rows[0].status == "left_out"
    assert build(identify(("k", text)), {"a": 7}).event["traits"] == {"k": "7" * 10_000}


def test_lone_surrogates_become_replacement_characters_everywhere() -> None:
    definition = identify(
        ("k\ud800", "v\udfff"), ("a", "${a}"), ("\udc01", "${\udc00}"), user_id="u\ud800${a}"
    )
    built = build(definition, {"a": "x\ud83d", "\ufffd": {"\ud800": ["\ud800"]}})
    assert built.event["userId"] == "u\ufffdx\ufffd"
    assert built.event["traits"] == {
        "k\ufffd": "v\ufffd",
        "a": "x\ufffd",
        "\ufffd": {"\ufffd": ["\ufffd"]},
    }
    assert json.loads(built.body.decode()) == built.event
    assert [row.value for row in built.rows] == ["v\ufffd", "x\ufffd", {"\ufffd": ["\ufffd"]}]


def test_text_beyond_ascii_is_sent_as_it_is() -> None:
    body = build(identify(("اسم", "${a}")), {"a": "😀\u0000"}).body
    assert '"traits":{"اسم":"😀\\u0000"}'.encode() in body


def test_rows_with_errors_are_not_in_the_event() -> None:
    rows = [("a", "1"), ("a.b", "2"), ("c", "${zz://City}"), ("d..", "x"), ("e", "ok")]
    built = build(identify(*rows))
    assert built.event["traits"] == {"a": "1", "e": "ok"}
    assert not built.is_sendable


def test_a_type_or_name_that_cannot_be_sent_is_empty_in_the_preview() -> None:
    assert build(Definition("", user_id="u")).event["type"] == ""
    built = build(track(event_name="Rated ${score}"))
    assert (built.event["event"], built.is_sendable) == ("", False)


def test_proto_is_an_ordinary_key() -> None:
    built = build(identify(("__proto__.polluted", "${a}"), ("constructor", "x")), {"a": True})
    assert built.event["traits"] == {"__proto__": {"polluted": True}, "constructor": "x"}
