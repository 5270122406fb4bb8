"""Compiling a definition: everything that can be read and checked before a submission is there.

A compiled definition is immutable, holds only plain values (so it can be pickled) and is cached for ever by
its revision's id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.mapping.compile_rows import CompiledRow, compile_rows
from workflows.mapping.definition import Definition, Field
from workflows.mapping.extras import ContextTemplates, compile_context, compile_integrations, compile_text
from workflows.mapping.fields import FieldChecker
from workflows.mapping.freeze import labels_of, put_labels, texts_of
from workflows.mapping.parts import Template
from workflows.mapping.problems import Fix, Problem, shorten
from workflows.mapping.values import replace_surrogates_in_text

__all__ = ["EVENT_TYPES", "Compiled", "CompiledRow", "compile_definition"]

EVENT_TYPES = ("identify", "track")
EXAMPLE_EVENT_NAME = "Survey Completed"
# Event names have no escapes: what looks like a pipe is refused, an escaped one too.
_PIPE_LIKE = re.compile(r"\$\{|~\{ch://")
_WHOLE_PIPE = re.compile(r"(?:\$\{|~\{ch://)[^}]*+\}?")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A definition, read and checked. `problems` are those that hold for every submission.

    A type or a name that cannot be sent is "".
    """

    event_type: str
    event_name: str
    user_id: Template
    anonymous_id: Template
    random_anonymous_id: bool
    rows: tuple[CompiledRow, ...]
    timestamp: Template
    context: ContextTemplates
    integrations: tuple[tuple[str, bool], ...]
    problems: tuple[Problem, ...]

    @property
    def section(self) -> str:
        """The name of the object that the rows fill."""
        return "properties" if self.event_type == "track" else "traits"

    @property
    def is_sound(self) -> bool:
        """Whether the definition has no error; only then may a task be saved."""
        return not any(problem.level == "error" for problem in self.problems)


def compile_definition(definition: Definition, fields: Sequence[Field] | None) -> Compiled:
    """Read and check `definition`. Never raises; what is wrong is in `problems`, in the order of the form.

    With `fields` None, it is not checked whether the survey has the fields that the pipes name: a saved
    revision was checked when it was saved, and is not refused because the survey has changed since.
    """
    checker = FieldChecker(fields)
    user_id = compile_text(definition.user_id, "user_id", checker)
    anonymous_id = compile_text(definition.anonymous_id, "anonymous_id", checker)
    timestamp = compile_text(definition.timestamp, "timestamp", checker)
    rows, row_problems = compile_rows(definition.rows, checker)
    context, context_problems = compile_context(definition, checker)
    integrations, switch_problems = compile_integrations(definition)
    problems = _check_event(definition) + list(user_id.problems) + list(anonymous_id.problems)
    if not (definition.user_id.strip() or definition.anonymous_id.strip() or definition.random_anonymous_id):
        problems.append(Problem("no_identity", "error", "user_id"))
    problems += [*row_problems, *timestamp.problems, *context_problems, *switch_problems]
    compiled = Compiled(
        event_type=definition.event_type if definition.event_type in EVENT_TYPES else "",
        event_name=_read_event_name(definition),
        user_id=user_id,
        anonymous_id=anonymous_id,
        random_anonymous_id=definition.random_anonymous_id,
        rows=rows,
        timestamp=timestamp,
        context=context,
        integrations=integrations,
        problems=tuple(problems),
    )
    labels = dict(definition.labels) if fields is None else labels_of(fields)
    return _with_labels(compiled, labels) if "QuestionText" in "".join(texts_of(definition)) else compiled


def _with_labels(compiled: Compiled, labels: dict[str, str]) -> Compiled:
    """`compiled` with the question texts in place: those of now, or those saved with the revision."""
    return replace(
        compiled,
        user_id=put_labels(compiled.user_id, labels),
        anonymous_id=put_labels(compiled.anonymous_id, labels),
        timestamp=put_labels(compiled.timestamp, labels),
        rows=tuple(replace(row, template=put_labels(row.template, labels)) for row in compiled.rows),
        context=tuple((path, put_labels(template, labels)) for path, template in compiled.context),
    )


def _read_event_name(definition: Definition) -> str:
    name = replace_surrogates_in_text(definition.event_name).strip()
    return "" if _PIPE_LIKE.search(name) else name


def _check_event(definition: Definition) -> list[Problem]:
    if not definition.event_type:
        return [Problem("no_event_type", "error", "event")]
    if definition.event_type not in EVENT_TYPES:
        value = shorten(replace_surrogates_in_text(definition.event_type))
        return [Problem("unknown_event_type", "error", "event", {"value": value})]
    if definition.event_type != "track":
        return []
    name = replace_surrogates_in_text(definition.event_name).strip()
    if not name:
        fix = Fix("set_event_name", {"name": EXAMPLE_EVENT_NAME})
        return [Problem("no_event_name", "error", "event_name", fix=fix)]
    if _PIPE_LIKE.search(name):
        plain = " ".join(_WHOLE_PIPE.sub(" ", name).split())
        fix = Fix("set_event_name", {"name": plain or EXAMPLE_EVENT_NAME})
        return [Problem("pipe_in_event_name", "error", "event_name", {"value": shorten(name)}, fix)]
    return []
