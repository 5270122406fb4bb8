"""Every example of docs/mapping.md, run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.workflows.mapping.builders import build
from workflows.mapping.casts import TYPES
from workflows.mapping.definition import Definition, Field, Row
from workflows.mapping.event import Built
from workflows.mapping.fallbacks import RULES
from workflows.mapping.families import FAMILIES
from workflows.mapping.filters import FILTERS
from workflows.mapping.freeze import freeze

DOCS = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
LABELS = (Field("QID1", "How was it?", "question", "text", None),)


def read_tables() -> list[dict[str, str]]:
    """The lines of all tables, each by its table's headings."""
    examples: list[dict[str, str]] = []
    heads: list[str] = []
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            heads = []
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if heads and not set(line) <= set("|-"):
            examples.append(dict(zip(heads, cells, strict=True)))
        heads = heads or cells
    return examples


EXAMPLES = read_tables()


def code(cell: str) -> str:
    return cell[1:-1] if cell.startswith("`") else cell


def make(example: dict[str, str]) -> tuple[list[Row], dict[str, object]]:
    if "Keys" in example:
        keys = re.findall(r"`([^`]*)`", example["Keys"])
        return [Row(key, str(number), "number") for number, key in enumerate(keys, 1)], {}
    if "Value" in example:
        return [Row("key", code(example["Value"]))], json.loads(code(example["Answers"]))
    row = Row(
        "key", "${a}", example["Type"], example.get("Rule", "leave_out"), code(example.get("Default", ""))
    )
    return [row], {"a": json.loads(code(example["Answer"]))}


def check(built: Built, sends: str, is_whole: bool) -> None:
    if sends.startswith("problem "):
        assert code(sends.removeprefix("problem ")) in [problem.code for problem in built.problems]
        return
    traits = built.event["traits"]
    assert [problem for problem in built.problems if problem.level == "error"] == []
    if sends == "nothing":
        assert traits == {}
        return
    expected = json.loads(code(sends))
    assert json.dumps(traits if is_whole else traits["key"]) == json.dumps(expected)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: " ".join(example.values()))
def test_the_example_is_true(example: dict[str, str]) -> None:
    rows, answers = make(example)
    definition = freeze(Definition("identify", user_id="u1", rows=tuple(rows)), LABELS)
    check(build(definition, answers), example["Sends"], "Keys" in example)


def test_the_examples_leave_nothing_out() -> None:
    text = "\n".join(" ".join(example.values()) for example in EXAMPLES)
    assert [name for name in FAMILIES if f"${{{name}://" not in text] == []
    assert [name for name in FILTERS if not re.search(rf"\| {name}\b", text)] == []
    assert {example["Type"] for example in EXAMPLES if "Type" in example} == set(TYPES)
    assert {example["Rule"] for example in EXAMPLES if "Rule" in example} == set(RULES)
    assert len(EXAMPLES) > 100


def test_every_date_letter_is_named() -> None:
    from workflows.mapping.php_dates import LETTERS

    paragraph = DOCS.read_text(encoding="utf-8").split("- `date` is")[1].split("- `rand`")[0]
    named = "".join(re.findall(r"`([A-Za-z ]+)`", paragraph)).replace(" ", "")
    assert sorted(named) == sorted(LETTERS)


def test_every_context_name_is_named() -> None:
    from workflows.mapping.extras import CONTEXT_NAMES

    paragraph = DOCS.read_text(encoding="utf-8").split("## Time, context")[1].split("*Integrations*")[0]
    names = [name.removeprefix(".") for name in re.findall(r"`([^`]+)`", paragraph)]
    assert names == [
        name.removeprefix("campaign.") if name != "campaign.name" else name for name in CONTEXT_NAMES
    ]
