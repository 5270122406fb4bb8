"""Reading a text of the form: its pipes, the survey's fields, what only looks like a pipe, and the fixes."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from workflows.mapping.fields import FieldChecker
from workflows.mapping.parts import Template
from workflows.mapping.pipe_fixes import propose
from workflows.mapping.pipes import MOST_PROBLEMS, parse_template
from workflows.mapping.problems import Fix, Problem, shorten

# A fix is tried before it is offered, which takes as long as reading the text once more.
_LONGEST_FIXED = 2_000
_TRIES_EACH = 8
_OTHER_MARKS = re.compile(r'\$(?P<word>\w{1,100})|(?<!\$)\{\{?\s*(?P<braced>[^{}$|"\r\n]{1,100}?)\s*\}\}?')


def read_text(text: str, where: str, checker: FieldChecker) -> Template:
    """`text`, which has no lone surrogates, with all that is wrong with it, each with its fix."""
    template = _read(text, where, checker)
    is_fixable = where.startswith("row-") or where in ("user_id", "anonymous_id")
    if not template.problems or not is_fixable or len(text) > _LONGEST_FIXED:
        return template
    problems = tuple(_with_fix(problem, text, template, checker) for problem in template.problems)
    return replace(template, problems=problems)


def _read(text: str, where: str, checker: FieldChecker) -> Template:
    template = checker.check(parse_template(text, where), where)
    if len(template.problems) >= MOST_PROBLEMS or not (found := _find_other_mark(template, where, checker)):
        return template
    return replace(template, problems=(*template.problems, found))


def _find_other_mark(template: Template, where: str, checker: FieldChecker) -> Problem | None:
    """The first `$email`, `{email}` or `{{email}}`; or a text that is only a field's key."""
    for part in template.parts:
        if not isinstance(part, str):
            continue
        word = part.strip()
        if len(template.parts) == 1 and (pipe := checker.write_pipe(word)):
            return Problem("looks_like_key", "hint", where, {"text": shorten(word), "suggestion": pipe})
        if "$" not in part and "{" not in part:
            continue
        for match in _OTHER_MARKS.finditer(part):
            if pipe := checker.write_pipe(match["word"] or match["braced"]):
                told = {"text": shorten(match.group()), "suggestion": pipe}
                return Problem("looks_like_pipe", "warning", where, told)
    return None


def _with_fix(problem: Problem, text: str, template: Template, checker: FieldChecker) -> Problem:
    """`problem` with the first proposed text in which it is gone and nothing is worse."""
    for proposed in islice(propose(problem, text, checker), min(_TRIES_EACH, checker.tries_left)):
        checker.tries_left -= 1
        tried = _read(proposed, problem.where, checker)
        if proposed.strip() and _is_better(tried, template, problem):
            return replace(problem, fix=Fix("set_value", {"value": proposed}))
    return problem


def _is_better(tried: Template, before: Template, problem: Problem) -> bool:
    """Whether `tried` has one problem less; where that cannot be told, whether there is none at its place."""
    if len(before.problems) < MOST_PROBLEMS:
        return len(tried.problems) < len(before.problems)
    return all(other.params.get("position") != problem.params.get("position") for other in tried.problems)
