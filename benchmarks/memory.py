"""What the web server and the worker weigh, at rest and while one takes and the other sends all it can.

RSS counts a page that two processes share twice, PSS by halves (Linux' /proc). The target is for the sum of
RSS. The yardstick is the web server of the empty view: what Python, Django and granian weigh by themselves.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation, fetch, workshop
from benchmarks.intake import load, start_both
from benchmarks.programs import Program
from benchmarks.report import Figure, Goal, is_wanted

SETTLE_SECONDS = 3.0
LOAD_SECONDS = float(os.environ.get("BENCH_MEMORY_SECONDS", "20"))
CONNECTIONS = 64
SAMPLE_SECONDS = 0.25
TARGET_MB = 250.0
EMPTY = "the web server of an empty view"
PSS = "their RSS"


def memory_figures(prefix: str) -> Iterator[Figure]:
    if not is_wanted(prefix, "memory."):
        return
    with workshop() as shop, shop.sandbox() as sandbox, shop.installation(sandbox.url) as installation:
        submit_key = installation.prepare()["submit_key"]
        start_both(installation)
        web, empty = installation.programs
        worker, _ = installation.start_worker()
        fetch(installation.url, "/healthz")
        time.sleep(SETTLE_SECONDS)
        rest, yardstick = weigh([web, worker]), weigh([empty])
        loaded = weigh_under_load(installation, submit_key, [web, worker])
    yield Figure("memory.rest", rest["Rss"], "MB", EMPTY, yardstick["Rss"], TARGET_MB)
    yield Figure("memory.rest.pss", rest["Pss"], "MB", PSS, rest["Rss"], goal=Goal.NONE)
    yield Figure("memory.load", loaded["Rss"], "MB", EMPTY, yardstick["Rss"], TARGET_MB)
    yield Figure("memory.load.pss", loaded["Pss"], "MB", PSS, loaded["Rss"], goal=Goal.NONE)


def weigh_under_load(
    installation: Installation, submit_key: str, programs: list[Program]
) -> dict[str, float]:
    """The most they weighed while submissions came in as quickly as they could be taken."""
    url = f"{installation.url}/submit/{submit_key}/"
    generator = threading.Thread(target=load, args=(url, CONNECTIONS, LOAD_SECONDS))
    generator.start()
    weights = []
    while generator.is_alive():
        weights.append(weigh(programs))
        generator.join(SAMPLE_SECONDS)
    return max(weights, key=lambda weight: weight["Rss"])


def weigh(programs: list[Program]) -> dict[str, float]:
    """Megabytes (1024²) of all processes in the programs' sessions, as `Rss` and as `Pss`."""
    total = {"Rss": 0.0, "Pss": 0.0}
    for pid in pids_of({program.pid for program in programs}):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        for line in text.splitlines():
            name, _, rest = line.partition(":")
            if name in total:
                total[name] += int(rest.split()[0]) / 1024
    return total


def pids_of(sessions: set[int]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) in sessions:
                found.append(int(entry.name))
    return found
