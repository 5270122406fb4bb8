"""What to write instead of a key that is wrong: keys to try, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from workflows.mapping.key_names import name_key
from workflows.mapping.key_register import KeyRegister
from workflows.mapping.keys import APPEND, MAX_LEVELS, KeyRefused, Path, parse_key, print_key
from workflows.mapping.parts import Template
from workflows.mapping.problems import Fix, Problem

_MOST_PLACES = 20
_ANY_PLACE = "[*]", "[-1]", "[+]", "[n]", "[i]"


def fix_key(problem: Problem, key: str, template: Template, register: KeyRegister) -> Problem:
    """`problem` of a row's `key` with its fix, if there is a key that can be used and that no row has."""
    propose = _PROPOSALS.get(problem.code)
    for proposed in propose(key, template) if propose else ():
        try:
            path = parse_key(proposed)
        except KeyRefused:
            continue
        if register.find_clash(path) is None:
            return replace(problem, fix=Fix("set_key", {"key": proposed}))
    return problem


def rename(path: Path) -> Iterator[str]:
    """`path` with a number behind its last name, or behind its first."""
    places = [index for index, step in enumerate(path) if isinstance(step, str)]
    for place in dict.fromkeys((places[-1], places[0])):
        for number in range(2, _MOST_PLACES):
            yield print_key((*path[:place], f"{path[place]}_{number}", *path[place + 1 :]))


def _of_its_pipe(key: str, template: Template) -> Iterator[str]:
    name = next((name for pipe in template.pipes if (name := name_key(pipe.key or ""))), "")
    if name:
        yield from (name, *rename((name,)))


def _without_empty_names(key: str, template: Template) -> Iterator[str]:
    names = [name for name in re.split(r"(?<!\\)\.", key) if name.strip()]
    yield ".".join(names)


def _with_whole_escapes(key: str, template: Template) -> Iterator[str]:
    yield re.sub(r"(\\[.\\\[])|\\", lambda match: match[1] or r"\\", key)


def _less_deep(key: str, template: Template) -> Iterator[str]:
    names = re.split(r"(?<!\\)\.", key)
    yield ".".join([*names[: MAX_LEVELS - 1], "_".join(names[MAX_LEVELS - 1 :])])


def _without_pipe(key: str, template: Template) -> Iterator[str]:
    name = name_key(re.sub(r"\$\{|~\{ch://|\}", "_", key))
    if name:
        yield from (name, *rename((name,)))


def _another(key: str, template: Template) -> Iterator[str]:
    path = parse_key(key)
    names = [step for step in path if isinstance(step, str)]
    if 1 < len(names) == len(path):
        yield "_".join(names)
    yield from rename(path)


def _another_place(key: str, template: Template) -> Iterator[str]:
    path = parse_key(key)
    for index, step in enumerate(path):
        if isinstance(step, int):
            places = range(_MOST_PLACES) if step == APPEND else (APPEND,)
            yield from (print_key((*path[:index], place, *path[index + 1 :])) for place in places)


def _with_period(key: str, template: Template) -> Iterator[str]:
    yield re.sub(r"(\[[0-9]{0,2}\])(?=[^.\[])", r"\1.", key)


def _with_place(key: str, template: Template) -> Iterator[str]:
    yield re.sub(r"\[\s*0*([0-9]{1,2})\s*\]", r"[\1]", key)
    plain = key
    for text in _ANY_PLACE:
        plain = plain.replace(text, "[]")
    yield plain
    yield re.sub(r"""\.?\[\s*["']?([A-Za-z_]\w*)["']?\s*\]""", r".\1", key).removeprefix(".")
    yield re.sub(r"(?<!\\)\[(?![0-9]{0,2}\])", r"\[", key)


def _with_new_entry(key: str, template: Template) -> Iterator[str]:
    yield re.sub(r"\[[0-9]{3,}\]", "[]", key)


_PROPOSALS: dict[str, Callable[[str, Template], Iterator[str]]] = {
    "key_empty": _of_its_pipe,
    "key_empty_segment": _without_empty_names,
    "key_bad_escape": _with_whole_escapes,
    "key_too_deep": _less_deep,
    "key_has_pipe": _without_pipe,
    "key_repeated": _another,
    "key_collision": _another,
    "key_shapes": _another,
    "key_mixed_array": _another_place,
    "key_after_place": _with_period,
    "key_bad_place": _with_place,
    "key_place_too_high": _with_new_entry,
}
