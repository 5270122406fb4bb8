"""Compiling rows: their keys against each other, their values against the survey's fields."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workflows.mapping.casts import TYPES, cast
from workflows.mapping.definition import Row
from workflows.mapping.fallbacks import RULES
from workflows.mapping.fields import FieldChecker
from workflows.mapping.key_fixes import fix_key
from workflows.mapping.key_register import KeyRegister, name_clash
from workflows.mapping.keys import KeyRefused, Path, parse_key, print_key
from workflows.mapping.parts import Template
from workflows.mapping.pipes import UNREADABLE, has_pipe
from workflows.mapping.problems import Fix, Problem, row_where, shorten
from workflows.mapping.texts import read_text
from workflows.mapping.values import Fault, replace_surrogates_in_text

_MOST_KEY_FIXES = 50
_TYPES_MEANT = {
    "text": "string", "str": "string", "integer": "number", "int": "number", "float": "number",
    "bool": "boolean", "datetime": "date", "timestamp": "date", "array": "list", "object": "json",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One row. `path` is () where nothing is sent: the row has an error, or `is_blank` (no key and no value).

    `answer_key` is the answer's key when the value is one pipe to an answer and nothing else, the row has
    neither type nor rule, and is without error; `name` is the key when it is one name. `default` is of the
    row's type.
    """

    where: str
    key: str
    path: Path
    template: Template
    answer_key: str | None = None
    name: str | None = None
    is_blank: bool = False
    type: str = "auto"
    if_invalid: str = "leave_out"
    default: object = ""

    @property
    def is_plain(self) -> bool:
        """Whether the row has neither type nor rule."""
        return self.type == "auto" and self.if_invalid == "leave_out"


def compile_rows(
    rows: tuple[Row, ...], checker: FieldChecker
) -> tuple[tuple[CompiledRow, ...], list[Problem]]:
    """The rows, one for one, and what is wrong with them."""
    register = KeyRegister()
    compiled: list[CompiledRow] = []
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        done, found = _compile_row(row, index, register, checker)
        compiled.append(done)
        problems.extend(found)
    return tuple(compiled), _add_key_fixes(problems, compiled, register)


def _add_key_fixes(
    problems: list[Problem], compiled: list[CompiledRow], register: KeyRegister
) -> list[Problem]:
    """`problems` with fixes for the first keys that are wrong, now that it is known which keys are taken."""
    wrong = [index for index, problem in enumerate(problems) if problem.code.startswith("key_")]
    for index in wrong[:_MOST_KEY_FIXES]:
        row = compiled[problems[index].row_index or 0]
        problems[index] = fix_key(problems[index], row.key, row.template, register)
    return problems


def _compile_row(
    row: Row, index: int, register: KeyRegister, checker: FieldChecker
) -> tuple[CompiledRow, list[Problem]]:
    where = row_where(index)
    key = replace_surrogates_in_text(row.key).strip()
    template = read_text(replace_surrogates_in_text(row.value), where, checker)
    if row.if_invalid == "default" and template.single is not None:
        template = _forgive(template)
    if not key and not row.value.strip():
        return CompiledRow(where, key, (), template, is_blank=True), []
    key_problem = _take_key(register, key, row.value, index)
    default, setting_problems = _read_settings(row, where, key)
    found = [*([key_problem] if key_problem else []), *template.problems, *setting_problems]
    if any(problem.level == "error" for problem in found):
        return CompiledRow(where, key, (), template), found
    return _finish(row, CompiledRow(where, key, parse_key(key), template, default=default)), found


def _finish(row: Row, compiled: CompiledRow) -> CompiledRow:
    pipe, path = compiled.template.single, compiled.path
    is_plain = (row.type, row.if_invalid) == ("auto", "leave_out")
    is_bare = pipe is not None and pipe.origin == "answer" and not pipe.filters
    return replace(
        compiled,
        answer_key=pipe.key if pipe is not None and is_plain and is_bare else None,
        name=path[0] if len(path) == 1 and isinstance(path[0], str) else None,
        type=row.type,
        if_invalid=row.if_invalid,
    )


def _forgive(template: Template) -> Template:
    """`template` with errors that the row's default makes up for as warnings."""
    problems = tuple(
        replace(problem, level="warning") if problem.code in UNREADABLE else problem
        for problem in template.problems
    )
    return replace(template, problems=problems)


def _read_settings(row: Row, where: str, key: str) -> tuple[object, list[Problem]]:
    """The row's default in its type, and what is wrong with type, rule and default."""
    for code, value, names in (("unknown_type", row.type, TYPES), ("unknown_rule", row.if_invalid, RULES)):
        if value not in names:
            quoted = {"value": shorten(replace_surrogates_in_text(value)), "names": ", ".join(names)}
            fix = Fix("set_type", {"type": _find_type(value)}) if code == "unknown_type" else None
            return "", [Problem(code, "error", where, {"key": shorten(key), **quoted}, fix)]
    if row.if_invalid != "default":
        return "", []
    default = replace_surrogates_in_text(row.default)
    params = {"key": shorten(key), "value": shorten(default)}
    if has_pipe(default):
        return "", [Problem("pipe_in_default", "error", where, params)]
    found = default if row.type == "auto" else cast(default, row.type)
    if isinstance(found, Fault):
        return "", [Problem("bad_default", "error", where, {**params, "type": row.type})]
    return found, []


def _find_type(name: str) -> str:
    """The type that somebody who wrote `name` meant; auto takes anything."""
    plain = name.strip().lower()
    return plain if plain in TYPES else _TYPES_MEANT.get(plain, "auto")


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
    code = name_clash(path, other_path)
    params: dict[str, str | int] = {"key": shorten(key), "row": other_index + 1}
    if code != "key_repeated":
        params["other"] = shorten(print_key(other_path))
    return Problem(code, "error", where, params)
