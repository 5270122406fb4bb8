"""One figure, printed as a line of JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` should stay at or below `target`; `compared_*` is a yardstick measured in the same run."""

    name: str
    value: float
    unit: str
    compared_with: str
    compared_value: float
    target: float

    def print(self) -> None:
        line = {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "compared_with": self.compared_with,
            "compared_value": round(self.compared_value, 2),
            "ratio": round(self.value / self.compared_value, 2),
            "target": self.target,
            "met": self.value <= self.target,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def percentile_95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]
