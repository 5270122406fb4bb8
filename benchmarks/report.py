"""One figure, printed as a line of JSON, and the statistics behind it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Goal(Enum):
    """What `Figure.target` bounds. `NONE`: the figure is there to be known, and has no target."""

    VALUE_AT_MOST = "value at most"
    RATIO_AT_MOST = "ratio at most"
    RATIO_AT_LEAST = "ratio at least"
    NONE = ""


@dataclass(frozen=True)
class Figure:
    """`compared_*` is a yardstick measured in the same run; `goal` says what the target bounds."""

    name: str
    value: float
    unit: str
    compared_with: str
    compared_value: float
    target: float | None = None
    goal: Goal = Goal.VALUE_AT_MOST

    @property
    def ratio(self) -> float:
        return self.value / self.compared_value if self.compared_value else 0.0

    @property
    def is_met(self) -> bool | None:
        """None without a target."""
        if self.target is None or self.goal is Goal.NONE:
            return None
        if self.goal is Goal.RATIO_AT_LEAST:
            return self.ratio >= self.target
        return (self.value if self.goal is Goal.VALUE_AT_MOST else self.ratio) <= self.target

    def to_json(self) -> str:
        line = {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "compared_with": self.compared_with,
            "compared_value": round(self.compared_value, 2),
            "ratio": round(self.ratio, 2),
            "target": None if self.goal is Goal.NONE else self.target,
            "met": self.is_met,
        }
        return json.dumps(line, ensure_ascii=False)

    def print(self) -> None:
        sys.stdout.write(self.to_json() + "\n")
        sys.stdout.flush()


def is_wanted(prefix: str, *names: str) -> bool:
    """Whether `--only prefix` asks for a figure whose name begins with one of these names."""
    return any(name.startswith(prefix) or prefix.startswith(name) for name in names)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def percentile_95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]
