r"""Keys: where in `traits` or `properties` a row's value goes.

    key     = name *( "." name | place )       at most 10 names and places, at most 255 characters in all
    name    = 1*( "\." | "\[" | "\\" | any character but ".", "[" and "\" )     not only white space
    place   = "[" 0-99 "]" | "[]"

`company.name` makes an object, `items[0].sku` an array, in which `items[]` stands for one new entry; `\.`,
`\[` and `\\` are a period, a bracket and a backslash that belong to the name. A backslash before anything
else is an error, and so is `[01]`, so that a path has exactly one spelling: `parse_key` and `print_key` are
inverse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_LEVELS = 10
MAX_CHARACTERS = 255
MAX_INDEX = 99

# In a path, "[]": a new entry at the array's end.
APPEND = -1

_TOKEN = re.compile(r"\\[.\\\[]|\[[^\].\[]*\]?|[^.\\\[]+|[.\\]")
_INDEX = re.compile(r"\[(0|[1-9][0-9]*)?\]", re.ASCII)

# Names, and whole numbers for the places in arrays.
Path = tuple[str | int, ...]


class KeyRefused(ValueError):
    """A key that cannot be used; `code` and `params` are those of a `Problem`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str | int] = params


def parse_key(text: str) -> Path:
    """The names and places of a key. Raises `KeyRefused`."""
    if not text.strip():
        raise KeyRefused("key_empty")
    if len(text) > MAX_CHARACTERS:
        raise KeyRefused("key_too_long", length=len(text), limit=MAX_CHARACTERS)
    if "${" in text or "~{ch://" in text:
        raise KeyRefused("key_has_pipe")
    path = _split(text)
    if not all(type(step) is int or str(step).strip() for step in path):
        raise KeyRefused("key_empty_segment")
    if len(path) > MAX_LEVELS:
        raise KeyRefused("key_too_deep", levels=len(path), limit=MAX_LEVELS)
    return path


def print_key(path: Path) -> str:
    """The one spelling of `path` that `parse_key` reads back to it."""
    return "".join(map(_print_step, path)).removeprefix(".")


def print_name(name: str) -> str:
    """`name` as a part of a key: with its periods, brackets and backslashes escaped."""
    return re.sub(r"[\\.\[]", r"\\\g<0>", name)


def _print_step(step: str | int) -> str:
    if isinstance(step, str):
        return "." + print_name(step)
    return "[]" if step == APPEND else f"[{step}]"


def _split(text: str) -> Path:
    path: list[str | int] = [""]
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece == ".":
            path.append("")
        elif piece == "\\":
            raise KeyRefused("key_bad_escape", position=match.start() + 1)
        elif piece[0] == "[":
            path.append(_read_place(match))
        elif isinstance(path[-1], int):
            raise KeyRefused("key_after_place", position=match.start() + 1)
        else:
            path[-1] += piece[1:] if piece[0] == "\\" else piece
    return tuple(path)


def _read_place(match: re.Match[str]) -> int:
    place = _INDEX.fullmatch(match.group())
    if place is None:
        raise KeyRefused("key_bad_place", position=match.start() + 1)
    if not place[1]:
        return APPEND
    if len(place[1]) > 2 or int(place[1]) > MAX_INDEX:
        raise KeyRefused("key_place_too_high", limit=MAX_INDEX)
    return int(place[1])
