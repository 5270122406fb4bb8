r"""Dotted keys: where in `traits` or `properties` a row's value goes.

    key     = segment *( "." segment )      at most 10 segments, at most 255 characters in all
    segment = 1*( "\." | "\\" | any character but "." and "\" )      not only white space

`company.name` makes an object; `\.` is a period and `\\` a backslash that belong to the name. A backslash
before anything else is an error, so that a path has exactly one spelling: `parse_key` and `print_key` are
inverse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_LEVELS = 10
MAX_CHARACTERS = 255

_TOKEN = re.compile(r"\\[.\\]|[^.\\]+|[.\\]")

Path = tuple[str, ...]


class KeyRefused(ValueError):
    """A key that cannot be used; `code` and `params` are those of a `Problem`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str | int] = params


def parse_key(text: str) -> Path:
    """The segments of a dotted key. Raises `KeyRefused`."""
    if not text.strip():
        raise KeyRefused("key_empty")
    if len(text) > MAX_CHARACTERS:
        raise KeyRefused("key_too_long", length=len(text), limit=MAX_CHARACTERS)
    if "${" in text or "~{ch://" in text:
        raise KeyRefused("key_has_pipe")
    path = tuple("".join(segment) for segment in _split(text))
    if not all(segment.strip() for segment in path):
        raise KeyRefused("key_empty_segment")
    if len(path) > MAX_LEVELS:
        raise KeyRefused("key_too_deep", levels=len(path), limit=MAX_LEVELS)
    return path


def print_key(path: Path) -> str:
    """The one spelling of `path` that `parse_key` reads back to it."""
    return ".".join(segment.replace("\\", "\\\\").replace(".", "\\.") for segment in path)


def _split(text: str) -> list[list[str]]:
    segments: list[list[str]] = [[]]
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece == ".":
            segments.append([])
        elif piece == "\\":
            raise KeyRefused("key_bad_escape", position=match.start() + 1)
        else:
            segments[-1].append(piece[1:] if piece[0] == "\\" else piece)
    return segments


class KeyRegister:
    """The keys taken so far: none may come twice, or be a value here and an object there."""

    def __init__(self) -> None:
        self._values: dict[Path, int] = {}
        self._objects: dict[Path, Path] = {}

    def find_clash(self, path: Path) -> tuple[Path, int] | None:
        """The key taken before that `path` clashes with, and its row's index; None when `path` is free."""
        prefixes = (path[:length] for length in range(1, len(path) + 1))
        other = next((prefix for prefix in prefixes if prefix in self._values), self._objects.get(path))
        return None if other is None else (other, self._values[other])

    def take(self, path: Path, row_index: int) -> None:
        """Note that the row at `row_index` fills `path`."""
        self._values[path] = row_index
        for length in range(1, len(path)):
            self._objects.setdefault(path[:length], path)
