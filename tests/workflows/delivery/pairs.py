"""Mappings that a task may be saved with, and submissions of the one survey, both by chance from a seed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from workflows.mapping.casts import TYPES
from workflows.mapping.definition import Row
from workflows.mapping.extras import CONTEXT_NAMES
from workflows.mapping.fallbacks import RULES

SURVEY_FIELDS = [
    {"key": key, "label": label, "kind": kind, "type": type_}
    for key, label, kind, type_ in (
        ("email", "E-mail", "contact", "email"),
        ("FirstName", "First name", "contact", "text"),
        ("score", "Score", "question", "number"),
        ("QID1", "How was it? “Very” \U0001f642", "question", "text"),
        ("colours", "Colours", "question", "json"),
        ("work email", "Work e-mail", "embedded", "email"),
        ("città", "City", "embedded", "text"),
        ("اسم", "Name", "contact", "text"),
        ("when", "When", "question", "date"),
        ("ok", "Agreed", "question", "boolean"),
        ("data", "Anything", "embedded", "json"),
        ("City", "City", "embedded", "text"),
        ("SC_1", "Score of QID1", "embedded", "number"),
    )
]
TEXTS = (
    "", " ", "Ada", "ada@example.com", " ADA@Example.COM ", "Zoë Ångström", "日本語",
    "\U0001f469\u200d\U0001f4bb",
    "\u202eאבג", 'a "b" \\c', "x\ny\tz", "</script>&amp;", "${email}", "~{ch://x}", "\u2028\x01\x7f",
    "1,234", "1.234,5", "-1.5e3", "2025-03-31", "3/31/2025 5:06 pm", "03/04/2025", "yes", "0",
    '{"a": [1, null]}', "[1,", "red, blue", "x" * 3_000, "é" * 17_000,
)  # fmt: skip
NUMBERS = (
    "0", "-0.0", "7", "1.50", "1e308", "5e-324", "0.1", "1E+22", str(2**53 + 1), str(-(2**63)), str(10**40),
    "1743379200", "-1", "123456789012345678.9",
)  # fmt: skip
KEYS = (
    "a", "b.c", "b.d", r"e\.f", "items[0].sku", "items[2].sku", "tags[]", "n[].x", "n[].y", "__proto__.x",
    "ключ", "\U0001f600", "email", "age", "company.name", "createdAt", "g.h.i.j.k", "matrix[0][1]",
)  # fmt: skip
HEADS = (
    *(str(field["key"]) for field in SURVEY_FIELDS),
    "q://QID1", "q://QID1/QuestionText", "q://score/SelectedChoicesRecode", "q://colours/ChoiceGroup/SelectedChoices",
    "e://Field/work%20email", "e://Field/ResponseID", "m://FirstName", "rm://Field/ResponseID", "loc://City",
    "gr://SC_1/Score", "date://CurrentDate/c", "date://CurrentDate/l, jS F Y g:i A", "rand://int/1:1000000",
)  # fmt: skip
FILTERS = (
    "trim", "lower", "upper", "title", 'default:"none, \U0001f600"', "or:FirstName", 'or:"work email"',
    "sha256", 'replace:"a","ä"', 'split:","', 'join:" / "', "number", "round:2", 'date:"D, d M y"',
    "slice:-5,99",
    'recode:"7","seven"', "get:a", 'get:"a[0].é"', "json",
)  # fmt: skip
LITERALS = ("Dear ", " and ", r"\${x} ", "\\\\", "\U0001f389", "{}", " | ", "\n")
DEFAULTS = {
    "auto": "none \U0001f600", "string": "-", "number": "-0.5", "boolean": "no", "date": "2025-01-01",
    "list": "[1]", "json": '{"d": 1e5}', "null": "",
}  # fmt: skip
USER_IDS = ("${email}", "${email}", "u-${score}", "${FirstName | lower | sha256}", "${data}", "", "${ok}")
ANONYMOUS_IDS = ("", "${rm://Field/ResponseID}", "${QID1}", "s-${اسم}")
TIMESTAMPS = ("", "", "${when}", "${date://CurrentDate/c}", "soon", "2025-03-31T10:00:00.5+02:00")


def write_answers(chance: Random) -> str:
    """A submission's body as JSON text: numbers are as a form may send them, not as Python would."""
    keys = [str(field["key"]) for field in SURVEY_FIELDS]
    pairs = (f"{json.dumps(key)}: {_write_value(chance)}" for key in keys if chance.random() < 0.8)
    return "{" + ", ".join(pairs) + "}"


def _write_value(chance: Random, depth: int = 0) -> str:
    kind = chance.choices(("text", "number", "constant", "list", "object", "deep"), (8, 5, 1, 2, 2, 0.2))[0]
    if kind == "deep":
        return "[" * 40 + "]" * 40
    if depth > 3 or kind == "text":
        return json.dumps(chance.choices(TEXTS, [*[3] * (len(TEXTS) - 2), 1, 0.2])[0], ensure_ascii=False)
    if kind == "number":
        return chance.choice(NUMBERS)
    if kind == "constant":
        return chance.choice(("true", "false", "null"))
    items = [_write_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == "list":
        return f"[{', '.join(items)}]"
    named = (f"{json.dumps(name)}: {item}" for name, item in zip("aé.", items, strict=False))
    return "{" + ", ".join(named) + "}"


def make_task_columns(chance: Random) -> dict[str, Any]:
    """The columns of a draft that can be saved."""
    user_id, anonymous_id = chance.choice(USER_IDS), chance.choice(ANONYMOUS_IDS)
    names = chance.sample(CONTEXT_NAMES, chance.randrange(4))
    keys = chance.sample(KEYS, chance.randrange(len(KEYS)))
    return {
        "event_type": chance.choice(("identify", "track")),
        "event_name": chance.choice(("Survey Completed", "Umfrage „Ä“ Beendet \U0001f389")),
        "user_id": user_id,
        "anonymous_id": anonymous_id,
        "random_anonymous_id": not (user_id or anonymous_id) or chance.random() < 0.5,
        "rows": [_make_row(key, chance).to_json() for key in keys],
        "timestamp": chance.choice(TIMESTAMPS),
        "context": {name: _write_text(chance) for name in names},
        "integrations": chance.choice(({}, {"All": False, "Mixpanel": True}, {"Ünited \U0001f600": False})),
    }


def _make_row(key: str, chance: Random) -> Row:
    row_type = chance.choice(TYPES)
    rule = chance.choices(RULES, (4, 2, 2, 3, 0.3))[0]
    return Row(key, _write_text(chance), row_type, rule, DEFAULTS[row_type] if rule == "default" else "")


def _write_text(chance: Random) -> str:
    if chance.random() < 0.6:
        return _write_pipe(chance)
    return "".join(chance.choice(LITERALS) + _write_pipe(chance) for _ in range(chance.randrange(1, 4)))


def _write_pipe(chance: Random) -> str:
    filters = "".join(f" | {name}" for name in chance.sample(FILTERS, chance.choice((0, 0, 1, 1, 2, 4))))
    return "${" + chance.choice(HEADS) + filters + "}"
