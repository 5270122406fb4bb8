"""Reading one submission through templates: what each pipe, text and id yields."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

from segment.limits import MAX_EVENT_BYTES
from workflows.mapping.definition import SubmissionData
from workflows.mapping.filters import apply_filters
from workflows.mapping.parts import Pipe, Template
from workflows.mapping.php_dates import print_date
from workflows.mapping.values import (
    Fault,
    encode,
    find_fault,
    is_empty,
    is_simple,
    name_type,
    print_text,
    too_large,
)

# Characters that all filters of one event together may go through. An event itself has at most 32 KB.
MAX_WORK = 1_000_000

_UNKNOWN = object()
_CODE = re.compile(r"-?[0-9]{1,15}")


class SubmissionReader:
    """Looks things up in one submission.

    Remembers, by the pipe's text, what it checked, filtered and printed: a mapping may have one pipe 10,000
    times. `message_id` decides what chance yields, so that the preview and every try yield the same.
    """

    __slots__ = ("_message_id", "_printed", "_values", "_work", "answers", "submission")

    def __init__(self, submission: SubmissionData, message_id: str) -> None:
        self.answers = submission.answers
        self.submission = submission
        self._message_id = message_id
        self._work = 0
        self._values: dict[str, object] = {}
        self._printed: dict[str, str | Fault] = {}

    def read(self, template: Template) -> object:
        """What `template` yields: the JSON value of a single pipe, else a text, or a `Fault`.

        A missing answer is None. A text with literals stands as it is, even when all of its pipes are empty.
        """
        return self._print(template) if template.single is None else self._read_pipe(template.single)

    def read_id(self, template: Template) -> str | Fault:
        """The id that `template` yields, "" for none. A number becomes text as JSON prints it.

        An id whose pipes are all empty is empty whatever stands beside them: a bare "user-" would make one
        person of everybody who left the answer out.
        """
        pipes = template.pipes
        if pipes and all(is_empty(self._read_pipe(pipe)) for pipe in pipes):
            return ""
        value = self.read(template)
        if isinstance(value, (str, Fault)):
            return value
        if type(value) is int or type(value) is float:
            return encode(value)
        return Fault("bad_id", {"type": name_type(value), "value": encode(value)})

    def _read_pipe(self, pipe: Pipe) -> object:
        if pipe.origin == "answer" and not pipe.filters and is_simple(found := self._read_answer(pipe)):
            return found
        # Chance yields another value at each place, so the place goes with the text.
        name = pipe.text if pipe.origin != "random" else f"{pipe.text}{pipe.argument}"
        known = self._values.get(name, _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        value = _ORIGINS[pipe.origin](self, pipe)
        fault = value if type(value) is Fault else find_fault(value)
        if fault is not None:
            value = fault
        elif pipe.filters:
            value = self._filter(pipe, value)
        self._values[name] = value
        return value

    def _filter(self, pipe: Pipe, value: object) -> object:
        size = _count_characters(value) + sum(map(_count_characters, map(self._look_up, pipe.alternates)))
        self._work += len(pipe.filters) * size
        if self._work > MAX_WORK:
            return Fault("filters_too_costly", {"limit": MAX_WORK})
        return apply_filters(pipe.filters, value, self._look_up)

    def _print(self, template: Template) -> str | Fault:
        texts: list[str] = []
        size = 0
        for part in template.parts:
            text = part if isinstance(part, str) else self._print_pipe(part)
            if isinstance(text, Fault):
                return text
            size += len(text)
            if size > MAX_EVENT_BYTES:
                return too_large(size)
            texts.append(text)
        return "".join(texts)

    def _print_pipe(self, pipe: Pipe) -> str | Fault:
        value = self._read_pipe(pipe)
        if isinstance(value, Fault):
            return value
        if type(value) is str:
            return "" if is_empty(value) else value
        text = self._printed.get(pipe.text) if pipe.origin != "random" else None
        if text is None:
            text = self._printed[pipe.text] = print_text(value)
        return text

    def _look_up(self, key: str) -> object:
        return self.answers.get(key)

    def _read_answer(self, pipe: Pipe) -> object:
        return self.answers.get(pipe.key) if pipe.key is not None else None

    def _read_code(self, pipe: Pipe) -> object:
        """The answer, if it is the numbers that Qualtrics calls recode values."""
        value = self._read_answer(pipe)
        codes = value if type(value) is list else [value]
        if is_empty(value) or all(type(code) in (int, float) or _is_code(code) for code in codes):
            return value
        return find_fault(value) or Fault("not_a_code", {"value": encode(value)})

    def _read_response_id(self, pipe: Pipe) -> object:
        if pipe.key is None or pipe.key not in self.answers:
            return self.submission.id
        return self.answers[pipe.key]

    def _read_label(self, pipe: Pipe) -> object:
        return pipe.argument

    def _read_date(self, pipe: Pipe) -> object:
        return print_date(in_utc(self.submission.received_at), pipe.argument)

    def _read_random(self, pipe: Pipe) -> object:
        low, high, place = pipe.argument.split(":", 2)
        digest = hashlib.sha256(f"{self._message_id}:{place}".encode(errors="replace")).digest()
        return int(low) + int.from_bytes(digest, "big") % (int(high) - int(low) + 1)

    def _read_nothing(self, pipe: Pipe) -> object:
        return None


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is in UTC already."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _count_characters(value: object) -> int:
    if type(value) is list:
        return sum(len(item) if type(item) is str else 1 for item in value)
    return len(value) if type(value) is str else 1


def _is_code(value: object) -> bool:
    return type(value) is str and _CODE.fullmatch(value) is not None


_ORIGINS: dict[str, Callable[[SubmissionReader, Pipe], object]] = {
    "answer": SubmissionReader._read_answer,
    "code": SubmissionReader._read_code,
    "response_id": SubmissionReader._read_response_id,
    "label": SubmissionReader._read_label,
    "date": SubmissionReader._read_date,
    "random": SubmissionReader._read_random,
    "nothing": SubmissionReader._read_nothing,
}
