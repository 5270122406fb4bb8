"""Putting values where their keys say: objects and arrays out of paths."""

from __future__ import annotations

from typing import Any

from workflows.mapping.keys import APPEND, Path


class Nest:
    """The object that the rows fill. The keys were checked against each other when the mapping was compiled.

    Numbered places keep their numbers: a place without a value before one with a value is null. `items[]` at
    a key's end adds an entry each time; inside a key, all keys with the same beginning share one new entry.
    """

    __slots__ = ("_added", "filled")

    def __init__(self) -> None:
        self.filled: dict[str, Any] = {}
        self._added: dict[Path, Any] = {}

    def put(self, path: Path, value: object) -> None:
        """Make `value` stand at `path`."""
        node: Any = self.filled
        for depth, step in enumerate(path[:-1]):
            is_array = type(path[depth + 1]) is int
            node = self._enter(node, step, path[: depth + 1], is_array)
        _set(node, path[-1], value)

    def _enter(self, node: Any, step: str | int, prefix: Path, is_array: bool) -> Any:
        if step == APPEND:
            if prefix not in self._added:
                node.append([] if is_array else {})
                self._added[prefix] = node[-1]
            return self._added[prefix]
        if type(step) is int:
            if step >= len(node) or node[step] is None:
                _set(node, step, [] if is_array else {})
            return node[step]
        return node.setdefault(step, [] if is_array else {})


def _set(node: Any, step: str | int, value: object) -> None:
    if type(step) is str:
        node[step] = value
    elif step == APPEND:
        node.append(value)
    else:
        node.extend([None] * (int(step) + 1 - len(node)))
        node[step] = value
