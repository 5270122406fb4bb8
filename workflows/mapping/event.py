"""The one builder of events: for the preview, the test send and the worker.

    compiled = compile_definition(definition, fields)
    built = build_event(compiled, submission, message_id=..., random_id=...)

The event has the fields of Segment's own Python SDK, in the same formats; an empty id is left out, where the
SDK sends null. Nothing here raises, whatever the mapping's text and the submission's JSON are: what cannot be
sent is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from segment.limits import MAX_EVENT_BYTES
from workflows.mapping.compile import Compiled, CompiledRow, compile_definition
from workflows.mapping.definition import SubmissionData
from workflows.mapping.keys import print_key
from workflows.mapping.pipes import Template
from workflows.mapping.problems import Level, Problem, shorten
from workflows.mapping.reader import SubmissionReader
from workflows.mapping.values import (
    Fault,
    encode,
    is_empty,
    name_type,
    replace_surrogates,
    replace_surrogates_in_text,
)

__all__ = ["Built", "Compiled", "Problem", "RowResult", "build_event", "compile_definition"]

LIBRARY_NAME = "tributary"
LIBRARY_VERSION = "0.1.0"

Status = Literal["sent", "left_out", "failed"]


class RowResult(NamedTuple):
    """What a row came to. `value` is what it yielded (None when it failed), `type` that value's JSON type."""

    where: str
    key: str
    value: object
    type: str
    status: Status


@dataclass(frozen=True)
class Built:
    """An event and all that is to be said about it. `body` is the event's JSON as it is sent, UTF-8."""

    event: dict[str, Any]
    body: bytes
    problems: tuple[Problem, ...]
    compiled: Compiled
    values: tuple[object, ...]

    @property
    def size(self) -> int:
        """Bytes of `body`."""
        return len(self.body)

    @property
    def is_sendable(self) -> bool:
        """Whether there is no error. Segment would drop or refuse an event with one."""
        return not any(problem.level == "error" for problem in self.problems)

    @cached_property
    def rows(self) -> tuple[RowResult, ...]:
        """One result per row of the definition, in its order."""
        return tuple(map(_make_result, self.compiled.rows, self.values))


def build_event(compiled: Compiled, submission: SubmissionData, *, message_id: str, random_id: str) -> Built:
    """The event for `submission`. Never raises and always gives the same for the same arguments.

    `random_id` becomes the anonymous id when both ids are empty and the task's switch for it is on; the
    caller keeps it the same in every retry, as it does `message_id`. A value that JSON cannot carry is left
    out with a warning; a missing or unusable id, a value or an event past Segment's 32 KB are errors.
    """
    reader = SubmissionReader(submission)
    problems = list(compiled.problems)
    ids = _read_ids(compiled, reader, random_id, problems)
    values = tuple([_read_row(row, submission.answers, reader, problems) for row in compiled.rows])
    event = _assemble(compiled, ids, values, submission.received_at, message_id)
    try:
        body = encode(event).encode()
    except UnicodeEncodeError:  # a lone surrogate, somewhere
        event = {name: replace_surrogates(value) for name, value in event.items()}
        values = tuple(value if type(value) is Fault else replace_surrogates(value) for value in values)
        body = encode(event).encode()
    if len(body) > MAX_EVENT_BYTES:
        params = {"size": len(body), "limit": MAX_EVENT_BYTES}
        problems.append(Problem("too_large", "error", "event", params))
    return Built(event, body, tuple(problems), compiled, values)


def _read_ids(
    compiled: Compiled, reader: SubmissionReader, random_id: str, problems: list[Problem]
) -> dict[str, str]:
    user_id = _read_id(compiled.user_id, "userId", "user_id", reader, problems)
    anonymous_id = _read_id(compiled.anonymous_id, "anonymousId", "anonymous_id", reader, problems)
    if user_id == "" and anonymous_id == "":
        if compiled.random_anonymous_id:
            return {"anonymousId": random_id}
        if not any(problem.code == "no_identity" for problem in problems):
            problems.append(Problem("no_identity", "error", "user_id"))
    ids = {"userId": user_id, "anonymousId": anonymous_id}
    return {name: value for name, value in ids.items() if value}


def _read_id(
    template: Template, name: str, where: str, reader: SubmissionReader, problems: list[Problem]
) -> str | None:
    """The id, "" when it is empty, None when it has a problem (which the caller need not add to)."""
    if template.problems:
        return None
    value = reader.read_id(template)
    if isinstance(value, Fault):
        problems.append(_make_problem(value, "error", where, name))
        return None
    return "" if is_empty(value) else value


def _read_row(
    row: CompiledRow, answers: Mapping[str, object], reader: SubmissionReader, problems: list[Problem]
) -> object | Fault:
    if not row.path:
        return None
    if row.answer_key is not None:
        value = answers.get(row.answer_key)
        if type(value) is str and len(value) <= MAX_EVENT_BYTES:
            return value  # nearly every value is this one
    value = reader.read(row.template)
    if type(value) is Fault:
        level: Level = "error" if value.code == "value_too_large" else "warning"
        problems.append(_make_problem(value, level, row.where, print_key(row.path)))
    return value


def _make_problem(fault: Fault, level: Level, where: str, key: str) -> Problem:
    quoted = {
        name: shorten(replace_surrogates_in_text(value)) if isinstance(value, str) else value
        for name, value in fault.params.items()
    }
    return Problem(fault.code, level, where, {"key": shorten(key), **quoted})


def _assemble(
    compiled: Compiled,
    ids: dict[str, str],
    values: tuple[object, ...],
    received_at: datetime,
    message_id: str,
) -> dict[str, Any]:
    event: dict[str, Any] = {"type": compiled.event_type, "messageId": message_id}
    event["timestamp"] = _print_time(received_at)
    event.update(ids)
    if compiled.event_type == "track":
        event["event"] = compiled.event_name
    event[compiled.section] = _fill(compiled.rows, values)
    event["context"] = {"library": {"name": LIBRARY_NAME, "version": LIBRARY_VERSION}}
    event["integrations"] = {}
    return event


def _fill(rows: tuple[CompiledRow, ...], values: tuple[object, ...]) -> dict[str, object]:
    filled: dict[str, Any] = {}
    for row, value in zip(rows, values, strict=True):
        if is_empty(value) or type(value) is Fault:
            continue
        target = filled
        for segment in row.path[:-1]:
            target = target.setdefault(segment, {})
        target[row.path[-1]] = value
    return filled


def _print_time(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds")


def _make_result(row: CompiledRow, value: object | Fault) -> RowResult:
    if type(value) is Fault or not (row.path or row.is_blank):
        return RowResult(row.where, row.key, None, "null", "failed")
    status: Status = "left_out" if is_empty(value) else "sent"
    return RowResult(row.where, row.key, value, name_type(value), status)
