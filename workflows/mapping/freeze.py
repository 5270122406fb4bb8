"""Keeping the questions' texts with a saved task, whose revisions must not change when the survey does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workflows.mapping.definition import Definition, Field
from workflows.mapping.parts import Template
from workflows.mapping.pipes import parse_template


def freeze(definition: Definition, fields: Sequence[Field]) -> Definition:
    """`definition` with the labels, as `fields` have them now, that its `QuestionText` pipes ask for."""
    wanted = {
        pipe.key: None
        for text in texts_of(definition)
        if "QuestionText" in text
        for pipe in parse_template(text, "").pipes
        if pipe.origin == "label" and pipe.key is not None
    }
    known = labels_of(fields)
    return replace(definition, labels=tuple((key, known[key]) for key in wanted if key in known))


def labels_of(fields: Sequence[Field]) -> dict[str, str]:
    """Each field's label by its key; the key where there is none, as pages show it."""
    return {field.key: field.label or field.key for field in fields}


def texts_of(definition: Definition) -> tuple[str, ...]:
    """Every text of `definition` that may hold pipes."""
    rows = (row.value for row in definition.rows)
    context = (text for _name, text in definition.context)
    return (definition.user_id, definition.anonymous_id, *rows, definition.timestamp, *context)


def put_labels(template: Template, labels: dict[str, str]) -> Template:
    """`template` with the question texts that its pipes yield."""
    if not any(pipe.origin == "label" for pipe in template.pipes):
        return template
    filled = {
        pipe: replace(pipe, argument=labels.get(pipe.key or "", ""))
        for pipe in template.pipes
        if pipe.origin == "label"
    }
    return replace(
        template,
        parts=tuple(part if isinstance(part, str) else filled.get(part, part) for part in template.parts),
        pipes=tuple(filled.get(pipe, pipe) for pipe in template.pipes),
        single=filled.get(template.single, template.single) if template.single else None,
    )
