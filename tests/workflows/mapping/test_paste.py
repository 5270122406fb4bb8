from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.mapping.builders import any_text, build, json_values
from tests.workflows.mapping.test_problems import WAY_OUT
from workflows.mapping.casts import TYPES
from workflows.mapping.definition import Definition, Row
from workflows.mapping.paste import MAX_PASTED_BYTES, MAX_PASTED_ROWS, Paste, PasteProblem, read_paste


def lines(paste: Paste) -> list[int]:
    return [problem.line for problem in paste.problems]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("email\t${email}\nscore\t${score}", [Row("email", "${email}"), Row("score", "${score}")]),
        ("email\t${email}\r\nscore\t${score}\r\n", [Row("email", "${email}"), Row("score", "${score}")]),
        ("a\t1\rb\t2", [Row("a", "1"), Row("b", "2")]),
        ("\ufeffa\t1", [Row("a", "1")]),
        ("Key\tValue\na\t1", [Row("a", "1")]),
        ("\nFIELD\tvalue\tType\na\t1\tnumber", [Row("a", "1", "number")]),
        ("key;Value\na;1", [Row("a", "1")]),
        ("a\t1\nkey\tvalue", [Row("a", "1"), Row("key", "value")]),
        ("key\t${value}", [Row("key", "${value}")]),
        ("a\t1\tNumber\nb\t2\t text \n", [Row("a", "1", "number"), Row("b", "2", "string")]),
        ("a\t\nb\t2", [Row("a", ""), Row("b", "2")]),
        ("\n\t\t\n \n a \t x ", [Row("a", " x ")]),
        ('a\t"two\nlines and ""quotes"""\tstring', [Row("a", 'two\nlines and "quotes"', "string")]),
        ('"a\tb"\t"c\td"', [Row("a\tb", "c\td")]),
        ('a\t"x" y\nb\t"un\nc\td', [Row("a", '"x" y'), Row("b", '"un'), Row("c", "d")]),
        ("a,1\nb,2", [Row("a", "1"), Row("b", "2")]),
        ("a;1,5\nb;2", [Row("a", "1,5"), Row("b", "2")]),
        ("a, ${b}, and c", [Row("a", "${b}, and c")]),
        ('a,${b | replace:",","."}', [Row("a", '${b | replace:",","."}')]),
        ('"a,b" , "c,d" ,number', [Row("a,b", "c,d", "number")]),
        ("a,1,number\nb,1,2", [Row("a", "1", "number"), Row("b", "1,2")]),
        ("a\t1,2;3", [Row("a", "1,2;3")]),
        ("الاسم\t😀", [Row("الاسم", "😀")]),
        ("\ud800\t\udfff", [Row("\ufffd", "\ufffd")]),
        ("__proto__.x\t1", [Row("__proto__.x", "1")]),
        ("{x}\ty", [Row("{x}", "y")]),
        ("[0]\ty", [Row("[0]", "y")]),
        ("", []),
    ],
)  # fmt: skip
def test_columns_are_rows(text: str, rows: list[Row]) -> None:
    assert read_paste(text) == Paste(tuple(rows), ())


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"email": "${email}", "n": 1}, [Row("email", "${email}"), Row("n", "1", "number")]),
        ({"a": {"b": {"c": True}}}, [Row("a.b.c", "true", "boolean")]),
        ({"a": None, "b": False}, [Row("a", "", "null"), Row("b", "false", "boolean")]),
        ({"a.b": {"c[0]": "x"}}, [Row(r"a\.b.c\[0]", "x")]),
        ({"items": [{"sku": "x"}, "y"]}, [Row("items[0].sku", "x"), Row("items[1]", "y")]),
        ({"m": [[1]]}, [Row("m[0][0]", "1", "number")]),
        ({"a": {}, "b": []}, [Row("a", "{}", "json"), Row("b", "[]", "json")]),
        ({"__proto__": {"x": "1"}}, [Row("__proto__.x", "1")]),
        ({"\ud800": "\ud800\x00"}, [Row("\ufffd", "\ufffd")]),
        ({}, []),
    ],
)
def test_leaves_of_an_object_are_rows(value: object, rows: list[Row]) -> None:
    assert read_paste(json.dumps(value)) == Paste(tuple(rows), ())
    assert read_paste(f"\ufeff\n{json.dumps(value, indent=1)}\n") == Paste(tuple(rows), ())


def test_numbers_are_taken_as_they_are_written_and_no_name_is_lost() -> None:
    text = '{"a": 1.50, "a": -0.0, "b": 1E+400, "c": 9007199254740993}'
    assert [(row.key, row.value) for row in read_paste(text).rows] == [
        ("a", "1.50"), ("a", "-0.0"), ("b", "1E+400"), ("c", "9007199254740993")
    ]  # fmt: skip


def test_what_is_not_taken_is_told_with_its_line_and_what_to_do() -> None:
    paste = read_paste('a\t1\nalone\n\tx\n\n"b\nc"\t2\tmoney\nd\t3\tnumber\tmore\n')
    assert [row.key for row in paste.rows] == ["a", "b\nc", "d"]
    assert [row.type for row in paste.rows] == ["auto", "auto", "number"]
    assert paste.problems == (
        PasteProblem(2, "“alone” stands alone. Put its value into a second column, behind a tab or a comma."),
        PasteProblem(3, "“x” has no key. Put one into the first column."),
        PasteProblem(
            5, f"“money” is not read. Put nothing behind key and value but a type, one of {', '.join(TYPES)}."
        ),
        PasteProblem(
            7, f"“more” is not read. Put nothing behind key and value but a type, one of {', '.join(TYPES)}."
        ),
    )
    assert str(paste.problems[1]) == "Line 3: “x” has no key. Put one into the first column."


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{\n"a": 1,\n"b": }', 3),
        ('{"a": NaN}', 0),
        ("{" * 10_000, 1),
        ('{"a":' * 10_000, 0),
        ("[1]", 0),
        ('{"": 1}', 0),
        (json.dumps({"a" * 300: 1}), 0),
        ('{"a":' * 11 + "1" + "}" * 11, 0),
        ("a\x00\tb\n", 1),
        ("x" * (MAX_PASTED_BYTES + 1), 0),
        ("é" * (MAX_PASTED_BYTES // 2 + 1), 0),
        ("one column", 1),
    ],
)
def test_what_cannot_be_read_is_told(text: str, where: int) -> None:
    assert lines(read_paste(text)) == [where]


def test_every_text_of_a_problem_says_what_to_do() -> None:
    bad = (
        "a",
        "\tx",
        "a\tb\tc",
        "[1]",
        "{1",
        '{"": 1}',
        '{"a":' * 12 + "1" + "}" * 12,
        "\x00",
        "x" * 300_000,
    )
    bad += ("a\tb\n" * 501, "a\n" * 30)
    messages = [problem.message for text in bad for problem in read_paste(text).problems]
    assert len(messages) > len(bad)
    assert [message for message in messages if not WAY_OUT.search(message)] == []


def test_five_hundred_rows_are_taken_and_the_rest_is_told() -> None:
    text = "".join(f"k{number}\tv\n" for number in range(10_000))
    paste = read_paste(text)
    assert len(paste.rows) == MAX_PASTED_ROWS
    assert lines(paste) == [MAX_PASTED_ROWS + 1]
    paste = read_paste(json.dumps({f"k{number}": number for number in range(10_000)}))
    assert (len(paste.rows), len(paste.problems)) == (MAX_PASTED_ROWS, 1)


def test_ten_thousand_bad_lines_are_counted() -> None:
    paste = read_paste("alone\n" * 10_000)
    assert lines(paste) == [*range(1, 21), 0]
    assert paste.problems[-1].message.startswith("9980 more lines")


SLOW = {
    "500 rows": "".join(f"key_{n}\t${{field_{n}}} and text\tstring\n" for n in range(500)),
    "500 rows of CSV": "".join(f'"key_{n}","${{a}} ""b"" {n}",string\n' for n in range(500)),
    "500 leaves": json.dumps({f"k{n}": {"a": [n]} for n in range(500)}),
    "500 leaves under a long name": json.dumps({"n" * 100_000: {str(n): 1 for n in range(500)}}),
    "60,000 empty objects": '{"a":[' + "{}," * 60_000 + "{}]}",
    "10,000 lines": "k\tv\n" * 10_000,
    "open quotes": '"x\n' * 60_000,
    "odd quotes": '"x""\n""' * 20_000,
    "triple quotes": '"""x\t' * 40_000,
    "blanks": (" " * 400 + "\n") * 600,
    "line breaks": "\n" * 200_000,
    "brackets": "[" * 200_000,
    "commas": "," * 200_000,
    "digits": '{"a":' + "1" * 200_000 + "}",
}


@pytest.mark.quiet
@pytest.mark.parametrize("name", SLOW)
def test_nothing_is_slow(name: str) -> None:
    times = []
    for _ in range(3):  # the quickest counts: the machine may be busy
        begun = time.process_time()
        read_paste(SLOW[name])
        times.append(time.process_time() - begun)
    assert min(times) < 0.5


@pytest.mark.parametrize("text", ["\t ", " \t\t ", "a\tb\n \t \nc\td"])
def test_a_line_of_blank_cells_is_no_row_and_no_problem(text: str) -> None:
    paste = read_paste(text)
    assert [row.key for row in paste.rows] == [word for word in ("a", "c") if word in text]
    assert paste.problems == ()


MARKS = [*'\t\n\r,;"{}[]:\\ab \ufeff\x00\ud800', "key", "value", "null"]
pasted = st.lists(st.sampled_from(MARKS)).map("".join)


@settings(max_examples=300)
@given(pasted | any_text)
def test_no_text_is_too_much(text: str) -> None:
    paste = read_paste(text)
    assert paste == read_paste(text)
    assert all(row.key and row.type in TYPES for row in paste.rows)
    told = "".join(str(problem) for problem in paste.problems)
    assert told.encode().decode() == told
    names = re.findall(r"[a-z]+", text)
    assert not names or paste.rows or paste.problems


cells = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=12)
words = cells.filter(lambda cell: cell.strip() == cell and cell)


@given(st.lists(st.tuples(words, cells), min_size=1, max_size=5), st.sampled_from("\t,;"))
def test_quoted_cells_are_read_back(pairs: list[tuple[str, str]], delimiter: str) -> None:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in pair] for pair in pairs]
    text = "k" + delimiter + "v\n" + "\n".join(delimiter.join(pair) for pair in quoted)
    if delimiter != "\t" and "\t" in text:
        return
    assert read_paste(text).rows[1:] == tuple(Row(key, value) for key, value in pairs)


@given(st.dictionaries(words.map(lambda name: f"k{name}"), json_values, max_size=4))
def test_a_pasted_object_is_sent_as_it_was(value: dict[str, object]) -> None:
    """But for what is empty, which a row leaves out, and what no key or event can hold."""
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return
    paste = read_paste(text)
    definition = Definition(
        "identify", user_id="u", rows=tuple(row for row in paste.rows if row.type != "auto")
    )
    built = build(definition)
    for result, row in zip(built.rows, definition.rows, strict=True):
        if result.status == "sent" and row.type in ("number", "boolean", "null"):
            assert result.value == json.loads(row.value or "null")
