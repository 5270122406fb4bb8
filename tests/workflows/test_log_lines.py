from __future__ import annotations

import json
import uuid

from workflows.log_lines import Lines

PK = uuid.UUID("01890000-0000-7000-8000-000000000001")
LINES = Lines(
    ("outcome", "submission", "status", "reason"), [("accepted", PK, 200, ""), ("pending", PK, None, "x")]
)


def test_a_row_is_a_line_of_words() -> None:
    assert str(LINES).split("\n") == [
        f"accepted submission={PK} status=200 reason=-",
        f"pending submission={PK} status=- reason=x",
    ]


def test_a_row_is_a_json_object() -> None:
    assert [json.loads(text) for text in LINES.objects()] == [
        {"outcome": "accepted", "submission": str(PK), "status": 200, "reason": ""},
        {"outcome": "pending", "submission": str(PK), "status": None, "reason": "x"},
    ]


def test_json_escapes_what_would_end_a_line() -> None:
    (text,) = Lines(("outcome", "reason"), [("x", 'a"b\nc')]).objects()
    assert "\n" not in text
    assert json.loads(text) == {"outcome": "x", "reason": 'a"b\nc'}
