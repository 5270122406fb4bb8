"""Compiling a definition: everything that can be read and checked before a submission is there.

A compiled definition is immutable, holds only plain values (so it can be pickled) and is cached for ever by
its revision's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.mapping.definition import Definition, Field, Row
from workflows.mapping.fields import FieldChecker
from workflows.mapping.keys import KeyRefused, KeyRegister, Path, parse_key, print_key
from workflows.mapping.pipes import Template, has_pipe, parse_template
from workflows.mapping.problems import Problem, row_where, shorten
from workflows.mapping.values import replace_surrogates_in_text

EVENT_TYPES = ("identify", "track")


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One row. `path` is () where nothing is sent: the row has an error, or `is_blank` (no key and no value).

    `answer_key` is the answer's key when the value is one pipe to an answer and nothing else.
    """

    where: str
    key: str
    path: Path
    template: Template
    answer_key: str | None
    is_blank: bool = False


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
    user_id = _compile_id(definition.user_id, "user_id", checker)
    anonymous_id = _compile_id(definition.anonymous_id, "anonymous_id", checker)
    problems = _check_event(definition) + list(user_id.problems) + list(anonymous_id.problems)
    if not (definition.user_id.strip() or definition.anonymous_id.strip() or definition.random_anonymous_id):
        problems.append(Problem("no_identity", "error", "user_id"))
    rows, row_problems = _compile_rows(definition.rows, checker)
    name = replace_surrogates_in_text(definition.event_name).strip()
    return Compiled(
        event_type=definition.event_type if definition.event_type in EVENT_TYPES else "",
        event_name="" if has_pipe(name) else name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        random_anonymous_id=definition.random_anonymous_id,
        rows=rows,
        problems=(*problems, *row_problems),
    )


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
        return [Problem("no_event_name", "error", "event_name")]
    if has_pipe(name):
        return [Problem("pipe_in_event_name", "error", "event_name", {"value": shorten(name)})]
    return []


def _compile_id(text: str, where: str, checker: FieldChecker) -> Template:
    return checker.check(parse_template(replace_surrogates_in_text(text).strip(), where), where)


def _compile_rows(
    rows: tuple[Row, ...], checker: FieldChecker
) -> tuple[tuple[CompiledRow, ...], list[Problem]]:
    register = KeyRegister()
    compiled: list[CompiledRow] = []
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        where = row_where(index)
        template = checker.check(parse_template(replace_surrogates_in_text(row.value), where), where)
        key = replace_surrogates_in_text(row.key).strip()
        is_blank = not key and not row.value.strip()
        key_problem = None if is_blank else _take_key(register, key, row.value, index)
        found = ((key_problem,) if key_problem else ()) + template.problems
        path = () if is_blank or found else parse_key(key)
        answer_key = (
            None if template.single is None or template.single.is_response_id else template.single.key
        )
        compiled.append(CompiledRow(where, key, path, template, answer_key, is_blank))
        problems.extend(found)
    return tuple(compiled), problems


def _find_answer_key(template: Template) -> str | None:
    pipe = template.single
    return None if pipe is None or pipe.is_response_id else pipe.key


def _take_key(register: KeyRegister, key: str, value: str, index: int) -> Problem | None:
    where = row_where(index)
    try:
        path = parse_key(key)
    except KeyRefused as refused:
        quoted = {"key": shorten(key)} if key else {"value": shorten(replace_surrogates_in_text(value))}
        return Problem(refused.code, "error", where, {**quoted, **refused.params})
    clash = register.find_clash(path)
    if clash is None:
        register.take(path, index)
        return None
    other_path, other_index = clash
    params: dict[str, str | int] = {"key": shorten(key), "row": other_index + 1}
    if other_path == path:
        return Problem("key_repeated", "error", where, params)
    params["other"] = shorten(print_key(other_path))
    return Problem("key_collision", "error", where, params)
