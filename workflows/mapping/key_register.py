"""Which keys a mapping has taken, so that no two rows fight over one place."""

from __future__ import annotations

from typing import Literal

from workflows.mapping.keys import APPEND, Path

Shape = Literal["object", "numbered", "appended"]


class KeyRegister:
    """The keys taken so far: none may come twice, or be a value here and an object or array there.

    Keys that end in `[]` are an exception: each adds an entry of its own. The keys that begin with the same
    `items[].` fill one entry together. An array's entries are all numbered or all added.
    """

    def __init__(self) -> None:
        self._values: dict[Path, int] = {}
        self._containers: dict[Path, tuple[Shape, Path]] = {}

    def find_clash(self, path: Path) -> tuple[Path, int] | None:
        """The key taken before that `path` clashes with, and its row's index; None when `path` is free."""
        other = self._find_other(path)
        return None if other is None else (other, self._values[other])

    def take(self, path: Path, row_index: int) -> None:
        """Note that the row at `row_index` fills `path`."""
        self._values[path] = row_index
        for length in range(1, len(path)):
            self._containers.setdefault(path[:length], (_shape(path[length]), path))

    def _find_other(self, path: Path) -> Path | None:
        for length in range(1, len(path)):
            prefix = path[:length]
            if prefix in self._values:
                return prefix
            container = self._containers.get(prefix)
            if container is not None and container[0] != _shape(path[length]):
                return container[1]
        if path in self._values and path[-1] != APPEND:
            return path
        return self._containers[path][1] if path in self._containers else None


def name_clash(path: Path, other: Path) -> str:
    """The code of the problem that `path` and `other`, taken before, make."""
    if path == other:
        return "key_repeated"
    pairs = zip(path, other, strict=False)
    first, second = next(((a, b) for a, b in pairs if a != b), ("", ""))
    if isinstance(first, int) and isinstance(second, int):
        return "key_mixed_array"
    return "key_shapes" if isinstance(first, int) or isinstance(second, int) else "key_collision"


def _shape(step: str | int) -> Shape:
    if isinstance(step, str):
        return "object"
    return "appended" if step == APPEND else "numbered"
