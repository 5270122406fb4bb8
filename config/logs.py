"""How a line of the log looks: `LOG_FORMAT=text`, or `json` with an object a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import QueueListener
from queue import Queue

from workflows.log_lines import Lines


class SubmitAnswers(logging.Filter):
    """Drops Django's line for a refused submission: the endpoint writes its own, without the address."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return record.exc_info is not None or not path.startswith("/submit/")


class TextFormatter(logging.Formatter):
    """Time, level, logger and message. A message is one line, whatever it quotes; a traceback follows it."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{self.formatTime(record)} {record.levelname} {record.name} "
        if isinstance(record.msg, Lines):
            return "\n".join(head + text for text in record.msg.texts())
        text = head + record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class JsonFormatter(logging.Formatter):
    """An object a line: `at` (UTC), `level`, `logger`, and `message` or the line's own names."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"at": at, "level": record.levelname, "logger": record.name}
        if isinstance(record.msg, Lines):
            beginning = json.dumps(head)[:-1]
            return "\n".join(f"{beginning}, {text[1:]}" for text in record.msg.objects())
        head["message"] = record.getMessage()
        if record.exc_info:
            head["traceback"] = self.formatException(record.exc_info)
        return json.dumps(head)


class _Handover(logging.Handler):
    """Hands records on as they are, and waits where the writer cannot keep up."""

    def __init__(self, records: Queue[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.put(record)


@contextmanager
def logging_beside() -> Iterator[None]:
    """Have a thread of its own format and write the log: a worker tells ten thousand outcomes a second."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    records: Queue[logging.LogRecord] = Queue(maxsize=10_000)
    listener = QueueListener(records, *handlers, respect_handler_level=True)
    root.handlers = [_Handover(records)]
    listener.start()
    try:
        yield
    finally:
        root.handlers = handlers
        listener.stop()


FORMATTERS: Mapping[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def choose_formatter(environment: Mapping[str, str]) -> type[logging.Formatter]:
    """By LOG_FORMAT, for the processes that run without Django; nonsense is refused by the settings."""
    return FORMATTERS.get(environment.get("LOG_FORMAT", ""), TextFormatter)
