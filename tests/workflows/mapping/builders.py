"""Short ways to make the mapping's values, and hypothesis strategies for any of them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from workflows.mapping.casts import TYPES
from workflows.mapping.definition import Definition, Field, Row, SubmissionData
from workflows.mapping.event import Built, build_event, compile_definition
from workflows.mapping.extras import CONTEXT_NAMES
from workflows.mapping.fallbacks import RULES

RECEIVED_AT = datetime(2025, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
FIELDS = (
    Field("email", "E-mail", "question", "email", "ada@example.com"),
    Field("score", "Score", "question", "number", 7),
    Field("plan", "Plan", "embedded", "text", "pro"),
    Field("FirstName", "First name", "contact", "text", "Ada"),
)


def submission(**answers: object) -> SubmissionData:
    return SubmissionData("sub-1", RECEIVED_AT, answers)


def identify(*rows: tuple[str, str], user_id: str = "u1", **options: object) -> Definition:
    return Definition("identify", user_id=user_id, rows=tuple(Row(*row) for row in rows), **options)


def track(
    *rows: tuple[str, str], event_name: str = "Survey Completed", user_id: str = "u1", **options: object
) -> Definition:
    return Definition("track", event_name, user_id, rows=tuple(Row(*row) for row in rows), **options)


def build(definition: Definition, answers: object = None, fields: object = None) -> Built:
    data = SubmissionData("sub-1", RECEIVED_AT, answers or {})
    return build_event(compile_definition(definition, fields), data, message_id="m-1", random_id="r-1")


def yielded(text: str, **answers: object) -> object:
    """The value that a row with `text` sends; raises KeyError when nothing is sent."""
    return build(identify(("key", text)), answers).event["traits"]["key"]


def nest(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def found(problems: object) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.level, problem.where) for problem in problems]


KEYS = ("email", "score", "plan", "FirstName", "ResponseID", "é", "")
any_text = st.text(st.characters(), max_size=20)  # with lone surrogates
json_numbers = st.integers() | st.floats() | st.integers(10**3800, 10**3801) | st.just(10**4200)
json_values = st.recursive(
    st.none() | st.booleans() | json_numbers | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=8,
)
any_answers = st.dictionaries(st.sampled_from(KEYS) | any_text, json_values | st.just(nest(100)), max_size=6)
pieces = st.sampled_from(
    [f"${{{key}}}" for key in KEYS]
    + ["${", "}", "$", "{", "~{ch://t/$.a}", "\n", " ", "${e://Field/plan}", "${e://Field/ResponseID}"]
    + ["${q://score/ChoiceGroup/SelectedChoices}", "${q://score/Nothing}", "${m://FirstName}", "${q://}"]
    + ["${loc://City}", "${gr://SC_1/Score}", "${date://CurrentDate/c}", "${rand://int/1:9}", "\\", '"', "|"]
    + ["${email | lower}", '${score | default:"x"}', '${zz://a | default:"x"}', "${a | split:, | join:-}"]
    + [
        "${q://score/QuestionText}",
        "${q://score/SelectedChoicesRecode}",
        "${email | nope}",
        '${a | date:"c"}',
    ]
    + ["${emial}", "$email", "{{score}}", "${email | uper}", "${email | or:scoer}", "${score | or:FirstName}"]
    + [
        "${m://plan | trim}",
        "${e://plan}",
        "${rand://int/9:1}",
        "${plan | default:“x”}",
        "${score | |}",
        "plan",
    ]
    + ['${score | recode:"1","a","b"}', '${email | get:"a[0]"}', "${email | get:a | or:plan | upper}"]
    + ["${rm://Field/ResponseID}", "${zz://City}", "${e://Field/%zz%00}", "text", "\ud800", "\udc00"]
)
junk_texts = st.lists(pieces | any_text, max_size=5).map("".join)
sound_texts = st.sampled_from(
    [
        *("", "text", "${email}", "${score}", "${e://Field/plan}", "${é}", "${email}, ${score}"),
        *("${score}\ud800", "${email | or:plan}"),
    ]
)
mapping_texts = sound_texts | junk_texts
junk_keys = st.lists(
    st.sampled_from(["a", "b", ".", "\\", "${a}", "[", "]", "[0]", "[]"]) | any_text, max_size=6
).map("".join)
MISSPELT_KEYS = (
    r"email Email first-name firstName homeTown home_town first_name a..b a[01] a[*].b a[0]b ada@x.com"
)
SOUND_KEYS = r"a b c a.b d.e d.f g.h.i __proto__ a\.b age l[] l[] m[0] m[2] m[1].a n[].a n[].b a\[0]"
sound_keys = st.sampled_from(SOUND_KEYS.split())
key_texts = sound_keys | junk_keys | st.sampled_from(MISSPELT_KEYS.split())
types = st.sampled_from(TYPES) | any_text.filter(bool)
rules = st.sampled_from(RULES) | any_text.filter(bool)
any_rows = st.builds(Row, key_texts, mapping_texts) | st.builds(
    Row, key_texts, mapping_texts, types, rules, st.sampled_from(["", "1", "${a}"]) | any_text
)
context_names = st.sampled_from(CONTEXT_NAMES) | any_text
any_definitions = st.builds(
    Definition,
    event_type=st.sampled_from(["identify", "track", "", "${x}"]),
    event_name=mapping_texts,
    user_id=mapping_texts,
    anonymous_id=mapping_texts,
    random_anonymous_id=st.booleans(),
    rows=st.lists(any_rows, max_size=5).map(tuple),
    timestamp=mapping_texts,
    context=st.dictionaries(context_names, mapping_texts, max_size=3).map(lambda found: tuple(found.items())),
    integrations=st.dictionaries(any_text, st.booleans(), max_size=2).map(lambda found: tuple(found.items())),
    labels=st.dictionaries(any_text, any_text, max_size=2).map(lambda found: tuple(found.items())),
)
sound_rows = st.builds(
    Row,
    sound_keys,
    sound_texts,
    st.sampled_from(["auto", "string", "number", "list", "json", "null"]),
    st.sampled_from(["leave_out", "null", "empty_string", "stop"]),
)
sound_definitions = st.builds(
    Definition,
    event_type=st.sampled_from(["identify", "track"]),
    event_name=st.just("Survey Completed"),
    user_id=sound_texts,
    random_anonymous_id=st.just(True),
    rows=st.lists(sound_rows, max_size=5, unique_by=lambda row: row.key).map(tuple),
    timestamp=sound_texts,
    context=st.dictionaries(st.sampled_from(CONTEXT_NAMES), sound_texts, max_size=3).map(
        lambda found: tuple(found.items())
    ),
    integrations=st.dictionaries(st.sampled_from(["All", "Mixpanel", "é"]), st.booleans(), max_size=2).map(
        lambda found: tuple(found.items())
    ),
)
definitions = sound_definitions | any_definitions
plain_answers = st.dictionaries(st.sampled_from(KEYS), st.integers() | st.text("ab $}~:/"), max_size=6)
