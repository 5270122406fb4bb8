"""The one builder of events: for the preview, the test send and the worker.

    compiled = compile_definition(definition, fields)
    built = build_event(compiled, submission, message_id=..., random_id=...)

The event has the fields of Segment's own Python SDK, in the same formats; an empty id is left out, where the
SDK sends null. Nothing here raises, whatever the mapping's text and the submission's JSON are: what cannot be
sent is a problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from segment.limits import MAX_EVENT_BYTES
from workflows.mapping.compile import Compiled, CompiledRow, compile_definition
from workflows.mapping.definition import SubmissionData
from workflows.mapping.extras import read_context, read_timestamp
from workflows.mapping.fallbacks import Settled, make_problem
from workflows.mapping.nesting import Nest
from workflows.mapping.parts import Template
from workflows.mapping.problems import Problem
from workflows.mapping.reader import SubmissionReader
from workflows.mapping.rows import read_rows
from workflows.mapping.values import Fault, encode, is_empty, name_type, replace_surrogates

__all__ = ["Built", "Compiled", "Problem", "RowResult", "build_event", "compile_definition"]

LIBRARY_NAME = "tributary"
LIBRARY_VERSION = "0.1.0"

Status = Literal["sent", "left_out", "failed"]


class RowResult(NamedTuple):
    """What a row came to. `value` is what it yielded (None when it failed), `type` that value's JSON type.

    `was_cast` when the row's type made it another value, `is_fallback` when its rule put it in the place of
    an empty or invalid one.
    """

    where: str
    key: str
    value: object
    type: str
    status: Status
    was_cast: bool = False
    is_fallback: bool = False


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
    reader = SubmissionReader(submission, message_id)
    problems = list(compiled.problems)
    ids = _read_ids(compiled, reader, random_id, problems)
    values = tuple(read_rows(compiled.rows, reader, problems))
    timestamp = read_timestamp(compiled.timestamp, reader, problems)
    context = read_context(compiled.context, reader, problems)
    event = _assemble(compiled, ids, values, timestamp, context, message_id)
    try:
        body = encode(event).encode()
    except UnicodeEncodeError:  # a lone surrogate, somewhere
        event = {name: replace_surrogates(value) for name, value in event.items()}
        values = tuple(map(_replace_surrogates, values))
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
    if not template.is_sound:
        return None
    value = reader.read_id(template)
    if isinstance(value, Fault):
        problems.append(make_problem(value, "error", where, name))
        return None
    return "" if is_empty(value) else value


def _assemble(
    compiled: Compiled,
    ids: dict[str, str],
    values: tuple[object, ...],
    timestamp: str,
    context: dict[str, Any],
    message_id: str,
) -> dict[str, Any]:
    event: dict[str, Any] = {"type": compiled.event_type, "messageId": message_id}
    event["timestamp"] = timestamp
    event.update(ids)
    if compiled.event_type == "track":
        event["event"] = compiled.event_name
    event[compiled.section] = _fill(compiled.rows, values)
    event["context"] = {"library": {"name": LIBRARY_NAME, "version": LIBRARY_VERSION}, **context}
    event["integrations"] = dict(compiled.integrations)
    return event


def _fill(rows: tuple[CompiledRow, ...], values: tuple[object, ...]) -> dict[str, Any]:
    nest = Nest()
    filled = nest.filled
    for row, value in zip(rows, values, strict=True):
        if type(value) is str:
            if not value or value.isspace():
                continue
        elif type(value) is Settled:
            if not value.is_sent:
                continue
            value = value.value
        elif is_empty(value) or type(value) is Fault:
            continue
        if row.name is not None:
            filled[row.name] = value
        else:
            nest.put(row.path, value)
    return filled


def _replace_surrogates(value: object) -> object:
    """`value` of a row, whatever it came to, without lone surrogates."""
    if type(value) is Settled:
        return value._replace(value=replace_surrogates(value.value))
    return value if type(value) is Fault else replace_surrogates(value)


def _make_result(row: CompiledRow, value: object) -> RowResult:
    if isinstance(value, Fault) or not (row.path or row.is_blank):
        return RowResult(row.where, row.key, None, "null", "failed")
    settled = value if isinstance(value, Settled) else Settled(value, not is_empty(value), False)
    status: Status = "sent" if settled.is_sent else "left_out"
    found = settled.value
    return RowResult(
        row.where, row.key, found, name_type(found), status, settled.was_cast, settled.is_fallback
    )
