from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import pytest
from django.test import RequestFactory

from config.logs import (
    FORMATTERS,
    JsonFormatter,
    SubmitAnswers,
    TextFormatter,
    choose_formatter,
    logging_beside,
)
from workflows.log_lines import Lines

LINES = Lines(("outcome", "code"), [("refused", "too_deep"), ("refused", "empty_body")])


def make_record(message: Any, *args: object, **columns: Any) -> logging.LogRecord:
    record = logging.LogRecord("workflows.x", logging.WARNING, __file__, 1, message, args, None)
    record.created = 1_767_323_045.25
    vars(record).update(columns)
    return record


def catch() -> Any:
    try:
        raise ValueError("a\nb")
    except ValueError as error:
        return type(error), error, error.__traceback__


def test_text_has_a_head_before_each_line() -> None:
    lines = TextFormatter().format(make_record(LINES)).split("\n")
    assert [re.sub(r"^[\d-]+ [\d:,]+ ", "", line) for line in lines] == [
        "WARNING workflows.x refused code=too_deep",
        "WARNING workflows.x refused code=empty_body",
    ]


def test_a_message_that_quotes_a_line_break_stays_one_line() -> None:
    text = TextFormatter().format(make_record("from %s", "x\r\n2026-01-01 INFO all is well"))
    assert text.endswith(r"WARNING workflows.x from x\r\n2026-01-01 INFO all is well")


def test_a_traceback_follows_the_line() -> None:
    text = TextFormatter().format(make_record("broken", exc_info=catch()))
    assert text.split("\n")[0].endswith("WARNING workflows.x broken")
    assert "Traceback" in text.split("\n")[1]


def test_json_is_an_object_a_line() -> None:
    head = {"at": "2026-01-02T03:04:05.250+00:00", "level": "WARNING", "logger": "workflows.x"}
    lines = JsonFormatter().format(make_record(LINES)).split("\n")
    assert [json.loads(line) for line in lines] == [
        head | {"outcome": "refused", "code": "too_deep"},
        head | {"outcome": "refused", "code": "empty_body"},
    ]
    (line,) = JsonFormatter().format(make_record('say "%s"', "a\nb")).split("\n")
    assert json.loads(line) == head | {"message": 'say "a\nb"'}


def test_a_traceback_in_json_is_part_of_its_line() -> None:
    (line,) = JsonFormatter().format(make_record("broken", exc_info=catch())).split("\n")
    assert "ValueError: a\nb" in json.loads(line)["traceback"]


def test_every_format_names_its_formatter() -> None:
    assert {"text": TextFormatter, "json": JsonFormatter} == FORMATTERS


@pytest.mark.parametrize(
    ("environment", "formatter"),
    [({}, TextFormatter), ({"LOG_FORMAT": "json"}, JsonFormatter), ({"LOG_FORMAT": "xml"}, TextFormatter)],
)
def test_processes_without_django_choose_by_the_environment(
    environment: dict[str, str], formatter: type[logging.Formatter]
) -> None:
    assert choose_formatter(environment) is formatter


@pytest.mark.parametrize(
    ("path", "exc_info", "is_kept"),
    [("/submit/key/", None, False), ("/submit/key/", (1, 2, 3), True), ("/runs/", None, True)],
)
def test_a_refused_submission_is_told_once(path: str, exc_info: Any, is_kept: bool) -> None:
    record = make_record("Bad Request", request=RequestFactory().get(path), exc_info=exc_info)
    assert SubmitAnswers().filter(record) is is_kept


def test_a_record_without_a_request_is_kept() -> None:
    assert SubmitAnswers().filter(make_record("x"))


def test_a_thread_beside_writes_all_there_was_before_it_ends() -> None:
    root, written = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(written)
    before = root.handlers
    root.handlers = [handler]
    try:
        with logging_beside():
            for number in range(100):
                logging.getLogger("tests.beside").warning("line %d", number)
            assert handler not in root.handlers
        assert root.handlers == [handler]
    finally:
        root.handlers = before
    assert written.getvalue().splitlines() == [f"line {number}" for number in range(100)]
