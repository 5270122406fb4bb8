from __future__ import annotations

import re
from pathlib import Path

import pytest

import workflows
from workflows.mapping.problems import MESSAGES
from workflows.reasons import REASONS, reason_text

DELIVERY = Path(workflows.__file__).parent / "delivery"
PLANNED_BY_THE_CONTRACT = {
    "segment_refused",
    "gave_up",
    "workflow_off",
    "task_off",
    "no_task",
    "source_gone",
    "secret_unreadable",
    "rate_limited",
    "segment_unreachable",
    "segment_error",
}


def test_every_code_of_the_outbox_has_a_sentence() -> None:
    assert PLANNED_BY_THE_CONTRACT | {"not_built", "task_unsaved"} == set(REASONS)
    quoted = set(re.findall(r'"([a-z]+_[a-z_]+)"', "".join(p.read_text() for p in DELIVERY.glob("*.py"))))
    assert set(REASONS) <= quoted


@pytest.mark.parametrize("code", sorted({*REASONS, *(code for code in MESSAGES if ":" not in code)}))
def test_every_reason_is_a_sentence_even_when_a_parameter_is_missing(code: str) -> None:
    text = reason_text(code, {})
    assert text[0].isupper() or text[0] == "“"
    assert text.endswith((".", "?"))
    assert "%(" not in text


def test_a_reason_quotes_its_parameters() -> None:
    text = reason_text("segment_refused", {"status": 400, "answer": "An event is over 32 KB."})
    assert text.startswith("Segment refused the event (400): An event is over 32 KB. Correct the task")


def test_the_mappings_codes_are_worded_by_the_mapping() -> None:
    text = reason_text("too_large", {"size": 40_000, "limit": 32_768})
    assert text == str(MESSAGES["too_large"]) % {"size": 40_000, "limit": 32_768}


def test_no_code_is_no_text_and_an_unknown_one_is_named() -> None:
    assert reason_text("", {}) == ""
    assert "written_by_a_later_version" in reason_text("written_by_a_later_version", {"a": 1})
