"""The builder alone: a 30-field event from a 60-field submission, the mapping compiled beforehand.

The yardstick is one standard-library `json.dumps` of the same event, measured in turn with it.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from benchmarks.report import Figure

FIELDS = 60
ROWS = 30
ROUNDS = 300
CALLS = 20  # in one timing
TARGET_US = 60.0
TARGET_DUMPS = 5.0
YARDSTICK = "json.dumps of the same event"


def mapping_figures(prefix: str) -> Iterator[Figure]:
    """`mapping.build` in microseconds, `mapping.build_vs_dumps` in yardsticks; both at the median."""
    names = ("mapping.build", "mapping.build_vs_dumps")
    if not any(name.startswith(prefix) for name in names):
        return
    build, dump = make_pair()
    built, dumped = measure(build, dump)
    if names[0].startswith(prefix):
        yield Figure(names[0], built, "µs", YARDSTICK, dumped, TARGET_US)
    if names[1].startswith(prefix):
        yield Figure(names[1], built / dumped, "times", YARDSTICK, 1.0, TARGET_DUMPS)


def make_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """Building the event, and dumping it."""
    from workflows.mapping.definition import Definition, Row, SubmissionData
    from workflows.mapping.event import build_event, compile_definition

    answers: dict[str, object] = {
        f"field_{n}": [f"Answer {n}, a sentence as people type it.", n, n % 2 == 0][n % 3 if n % 5 else 0]
        for n in range(FIELDS)
    }
    rows = [
        Row(f"group.key_{n}" if n % 5 == 0 else f"key_{n}", f"${{field_{n * 2}}}") for n in range(ROWS - 3)
    ]
    rows += [Row(f"mixed_{n}", f"Field ${{field_{n}}} and ${{field_{n + 1}}}") for n in range(3)]
    definition = Definition("track", "Survey Completed", user_id="${field_0}", rows=tuple(rows))
    compiled = compile_definition(definition, None)
    submission = SubmissionData("sub-1", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC), answers)

    def build() -> object:
        return build_event(compiled, submission, message_id="tributary-1", random_id="r-1")

    event = build_event(compiled, submission, message_id="tributary-1", random_id="r-1").event
    assert len(event["properties"]) + len(event["properties"]["group"]) - 1 == ROWS
    return build, lambda: json.dumps(event)


def measure(*functions: Callable[[], object]) -> list[float]:
    """Microseconds a call at the median, of each function; they take turns, so that they share their luck."""
    timings: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, spent in zip(functions, timings, strict=True):
            begun = time.perf_counter()
            for _ in range(CALLS):
                function()
            spent.append((time.perf_counter() - begun) / CALLS * 1e6)
    return [statistics.median(spent) for spent in timings]
