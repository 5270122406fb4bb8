from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.workflows.mapping.builders import FIELDS, build, found, identify, yielded
from workflows.mapping.definition import Definition, Field, Row, SubmissionData
from workflows.mapping.event import build_event, compile_definition


def problems_of(text: str, fields: object = FIELDS) -> list[tuple[str, str, str]]:
    return found(compile_definition(identify(("key", text)), fields).problems)


@pytest.mark.parametrize(
    "text",
    ["${loc://City}", "${gr://SC_1/Score}", "${q://nothing/QuestionText}", "${q://no/SelectedChoicesRecode}"],
)
def test_a_family_flags_what_the_survey_lacks(text: str) -> None:
    assert problems_of(text) == [("unknown_field", "error", "row-1")]


def test_location_and_score_take_fields_of_any_kind() -> None:
    for kind in ("question", "embedded", "contact"):
        fields = (Field("City", "", kind, "text", None), Field("SC_1", "", kind, "number", None))
        assert problems_of("${loc://City} ${gr://SC_1/Score}", fields) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${gr://SC_1/Mean}", "unknown_pipe"),
        ("${loc://a b}", "unknown_pipe"),
        ("${date://OtherDate/c}", "unknown_pipe"),
        ("${date://CurrentDate/}", "unknown_pipe"),
        ("${date://CurrentDate/Y-Q}", "unknown_date_letter"),
        ("${rand://int/1}", "unknown_pipe"),
        ("${rand://int/a:b}", "unknown_pipe"),
        ("${rand://float/1:2}", "unknown_pipe"),
        ("${rand://int/2:1}", "random_range"),
        ("${rand://int/1:9999999999999999}", "unknown_pipe"),
    ],
)
def test_what_a_family_does_not_have(text: str, code: str) -> None:
    assert problems_of(text) == [(code, "error", "row-1")]


@pytest.mark.parametrize(
    "text",
    [
        '${zz://City | default:"-"}',
        '${q://QID1/ChoiceDescription/1 | default:"-"}',
        '~{ch://OCAC/$.a | default:"-"}',
        '${nobody | default:"-"}',
    ],
)
def test_a_default_makes_up_for_what_cannot_be_read(text: str) -> None:
    for value in (text, f"{text}."):
        compiled = compile_definition(identify(("key", value)), FIELDS)
        assert [problem.level for problem in compiled.problems] == ["warning"]
        assert compiled.is_sound
        built = build(identify(("key", value)), {}, FIELDS)
        assert built.event["traits"] == {"key": value.replace(text, "-")}


def test_a_rows_default_makes_up_for_a_pipe_that_is_alone() -> None:
    row = Row("key", "${zz://City}", if_invalid="default", default="-")
    built = build(Definition("identify", user_id="u", rows=(row,)), {}, FIELDS)
    assert found(built.problems) == [("unknown_family", "warning", "row-1")]
    assert built.event["traits"] == {"key": "-"}
    row = Row("key", "in ${zz://City}", if_invalid="default", default="-")
    compiled = compile_definition(Definition("identify", user_id="u", rows=(row,)), FIELDS)
    assert found(compiled.problems) == [("unknown_family", "error", "row-1")]


def test_a_broken_pipe_is_an_error_with_any_default() -> None:
    assert problems_of('${email | defualt:"x"}')[0][1] == "error"
    assert problems_of('${date://CurrentDate/Q | default:"x"}')[0][1] == "error"


def test_the_current_date_is_when_the_submission_came_in_in_utc() -> None:
    moment = datetime(2024, 12, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    compiled = compile_definition(identify(("key", "${date://CurrentDate/c}")), None)
    built = build_event(compiled, SubmissionData("s", moment, {}), message_id="m", random_id="r")
    assert built.event["traits"] == {"key": "2025-01-01T04:30:00+00:00"}
    assert moment.astimezone(UTC).isoformat() == "2025-01-01T04:30:00+00:00"


def drawn(message_id: str, *texts: str) -> list[object]:
    compiled = compile_definition(identify(*((f"k{n}", text) for n, text in enumerate(texts))), None)
    data = SubmissionData("s", datetime(2025, 1, 1, tzinfo=UTC), {})
    traits = build_event(compiled, data, message_id=message_id, random_id="r").event["traits"]
    return list(traits.values())


def test_chance_is_fixed_by_the_message_and_differs_by_place() -> None:
    text = "${rand://int/1:1000000}"
    assert drawn("m-1", text, text) == drawn("m-1", text, text)
    first, second, both = drawn("m-1", text, text, f"{text} {text}")
    assert len({first, second, *map(int, str(both).split())}) == 4
    assert drawn("m-1", text) != drawn("m-2", text)


def test_chance_reaches_every_number_about_equally_often() -> None:
    counts = Counter(drawn(f"m-{n}", "${rand://int/-1:2}")[0] for n in range(400))
    assert sorted(counts) == [-1, 0, 1, 2]
    assert min(counts.values()) > 60


def test_recode_takes_numbers_and_nothing_else() -> None:
    text = "${q://a/SelectedChoicesRecode}"
    assert [yielded(text, a=value) for value in (4, "4", [1, "-2"], 0.5)] == [4, "4", [1, "-2"], 0.5]
    for value in ("Well", [1, "Well"], True, {"a": 1}):
        built = build(identify(("key", text)), {"a": value})
        assert found(built.problems) == [("not_a_code", "warning", "row-1")]
