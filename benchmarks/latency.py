"""From a submission to its events at the sandbox, at 100 submissions a second, and a bare POST beside it.

Web server, worker and sandbox run as processes of their own. The clock starts when a submission is due, also
where the client is late, and stops when the sandbox has the last of its two events. In turn with it the same
client posts single events straight to the sandbox at the same rate.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.installation import Sandbox, read_moment, workshop
from benchmarks.programs import BenchError, clean_environment, run_to_end
from benchmarks.report import Figure, Goal, is_wanted, percentile

RATE = 100.0
SECONDS = float(os.environ.get("BENCH_LATENCY_SECONDS", "60"))
TURNS = 3
TASKS = 2
TARGET_P99_MS = 250.0
ARRIVAL_SECONDS = 60.0


def latency_figures(prefix: str) -> Iterator[Figure]:
    if not is_wanted(prefix, "latency."):
        return
    with workshop() as shop, shop.sandbox() as sandbox, shop.installation(sandbox.url) as installation:
        seeded = installation.prepare()
        installation.start_web()
        installation.start_worker()
        submit_url = f"{installation.url}/submit/{seeded['submit_key']}/"
        bare_url = f"{sandbox.url}/us/v1/track#{seeded['write_keys']['website']}"
        submitted, bare = take_turns(sandbox, submit_url, bare_url)
    yield from compare(submitted, bare)


def take_turns(sandbox: Sandbox, submit_url: str, bare_url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of every submission, and of every bare event."""
    seconds = SECONDS / TURNS
    step = round(RATE * seconds)
    warm_up = round(RATE)
    pace(submit_url, "submit", 1.0, 0)
    pace(bare_url, "bare", 1.0, 0)
    due: dict[str, float] = {}
    for turn in range(TURNS):
        first = warm_up + turn * step
        moments = pace(submit_url, "submit", seconds, first)
        due |= {f"paced-{first + n}@example.com": at for n, at in enumerate(moments)}
        wait_for(sandbox, (first + step) * TASKS + first)
        due |= {f"bare-{first + n}": at for n, at in enumerate(pace(bare_url, "bare", seconds, first))}
    arrived = read_arrivals(sandbox.events())
    spent = {name: (arrived[name] - at) * 1000 for name, at in due.items()}
    bare = [one for name, one in spent.items() if name.startswith("bare-")]
    return [one for name, one in spent.items() if name.startswith("paced-")], bare


def pace(url: str, kind: str, seconds: float, first: int) -> list[float]:
    arguments = ["-m", "benchmarks.paced", url, kind, str(RATE), str(seconds), str(first)]
    moments: list[float] = json.loads(run_to_end(arguments, clean_environment(), seconds + 90))
    return moments


def wait_for(sandbox: Sandbox, count: int) -> None:
    """Until all that was submitted has arrived, so that the turns do not overlap."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while sandbox.received_at(count) is None:
        if time.monotonic() > deadline:
            raise BenchError(f"the sandbox has not received {count:,} events in {ARRIVAL_SECONDS:.0f} s")
        time.sleep(0.05)


def read_arrivals(events: list[dict[str, Any]]) -> dict[str, float]:
    """By user id, when the last event of theirs came in. Raises `BenchError` where one came twice."""
    arrived: dict[str, float] = {}
    for one in events:
        if one["verdict"] != "accepted":
            raise BenchError(f"an event was {one['verdict']}")
        at = read_moment(one["received_at"])
        arrived[one["event"]["userId"]] = max(at, arrived.get(one["event"]["userId"], 0.0))
    return arrived


def compare(submitted: list[float], bare: list[float]) -> Iterator[Figure]:
    against = "a bare POST of one event to the sandbox"
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        judged = (TARGET_P99_MS, Goal.VALUE_AT_MOST) if name == "p99" else (None, Goal.NONE)
        value, yardstick = percentile(submitted, share), percentile(bare, share)
        yield Figure(f"latency.{name}", value, "ms", f"{against}, {name}", yardstick, *judged)
