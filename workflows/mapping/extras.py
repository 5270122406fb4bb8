"""What a task may set beside ids and fields: the event's time, its context and its integrations.

Source: Segment's "Spec: Common Fields". Without any of it, the time is when the submission was received, the
context names only this library, and all integrations get the event.
"""

from __future__ import annotations

from typing import Any

from workflows.mapping.dates import read_date
from workflows.mapping.definition import Definition
from workflows.mapping.fallbacks import make_problem
from workflows.mapping.fields import FieldChecker
from workflows.mapping.parts import Template
from workflows.mapping.problems import Problem, shorten
from workflows.mapping.reader import SubmissionReader, in_utc
from workflows.mapping.texts import read_text
from workflows.mapping.values import Fault, is_empty, print_text, replace_surrogates_in_text

CONTEXT_NAMES = (
    "ip", "locale", "timezone", "userAgent",
    "page.url", "page.path", "page.referrer", "page.search", "page.title",
    "campaign.name", "campaign.source", "campaign.medium", "campaign.term", "campaign.content",
)  # fmt: skip

ContextTemplates = tuple[tuple[tuple[str, ...], Template], ...]


def compile_text(text: str, where: str, checker: FieldChecker) -> Template:
    """Read and check `text`, with the white space around it taken off."""
    return read_text(replace_surrogates_in_text(text).strip(), where, checker)


def compile_context(definition: Definition, checker: FieldChecker) -> tuple[ContextTemplates, list[Problem]]:
    """The context's templates by path, and what is wrong with them. Databases may turn the order about."""
    templates: list[tuple[tuple[str, ...], Template]] = []
    problems: list[Problem] = []
    for name, text in sorted(definition.context, key=_place):
        if name not in CONTEXT_NAMES:
            params = {"name": shorten(replace_surrogates_in_text(name)), "names": ", ".join(CONTEXT_NAMES)}
            problems.append(Problem("unknown_context", "error", "context", params))
            continue
        template = compile_text(text, f"context-{name}", checker)
        problems.extend(template.problems)
        if template.parts and template.is_sound:
            templates.append((tuple(name.split(".")), template))
    return tuple(templates), problems


def _place(entry: tuple[str, str]) -> int:
    return CONTEXT_NAMES.index(entry[0]) if entry[0] in CONTEXT_NAMES else len(CONTEXT_NAMES)


def compile_integrations(definition: Definition) -> tuple[tuple[tuple[str, bool], ...], list[Problem]]:
    """The switches, and a problem for each that has no name."""
    switches = [
        (replace_surrogates_in_text(name).strip(), on) for name, on in sorted(definition.integrations)
    ]
    is_whole = all(name for name, _on in switches)
    problems = [] if is_whole else [Problem("integration_nameless", "error", "integrations")]
    return tuple((name, on) for name, on in switches if name), problems


def read_timestamp(template: Template, reader: SubmissionReader, problems: list[Problem]) -> str:
    """ISO 8601 in UTC with milliseconds: the task's, or when the submission was received."""
    moment = in_utc(reader.submission.received_at)
    if template.parts and template.is_sound:
        value = reader.read(template)
        found = value if type(value) is Fault else None if is_empty(value) else read_date(value)
        if isinstance(found, Fault):
            problems.append(make_problem(found, "warning", "timestamp", "timestamp"))
        elif found is not None:
            moment = in_utc(found)
    return moment.isoformat(timespec="milliseconds")


def read_context(
    templates: ContextTemplates, reader: SubmissionReader, problems: list[Problem]
) -> dict[str, Any]:
    """The context's fields as texts; the empty ones and those with a fault are left out."""
    context: dict[str, Any] = {}
    for path, template in templates:
        value = reader.read(template)
        if isinstance(value, Fault):
            name = ".".join(path)
            problems.append(make_problem(value, "warning", f"context-{name}", f"context.{name}"))
        elif not is_empty(value):
            target = context if len(path) == 1 else context.setdefault(path[0], {})
            target[path[-1]] = print_text(value)
    return context
