"""Events a second from a backlog to the sandbox's Tracking API, by each mode and by the official SDK.

In each round all take turns, each on a new sandbox: the SDK with the events in memory, then each mode with
a database that holds the backlog. The clock runs from "ready" (the SDK: from the first event handed to it)
until the sandbox has received the last event. Afterwards the ledger must be exact: every event once, every
delivery accepted.

`delivery.<mode>` is the figure that is judged: from planned deliveries, whose events are built already.
`.recorded`: the same until the last row is written. `.whole`: from committed submissions, so that planning
and building the events count as well.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backlog import Backlog, export_events, prepare_backlogs
from benchmarks.broker import Broker, open_broker
from benchmarks.databases import open_postgres
from benchmarks.installation import Installation, Sandbox, Workshop, workshop
from benchmarks.programs import BASE_DIR, BenchError, clean_environment, run_to_end
from benchmarks.report import Figure, Goal, is_wanted
from benchmarks.sql import asking, owes_nothing

EVENTS = int(os.environ.get("BENCH_EVENTS", "100000"))
TASKS = 2  # of a submission: one event to each of two sources
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TARGET = 1.5
CELERY_WORKERS = 2
RUN_SECONDS = 300.0
LOOK_SECONDS = 0.1  # the sandbox itself tells when an event came in
POLL_SECONDS = 0.02
SDK = "segment-analytics-python, same events from memory"


@dataclass(frozen=True)
class Run:
    """Events a second until the sandbox had all, and until all was recorded (the SDK records nothing)."""

    received: float
    recorded: float


def delivery_figures(prefix: str) -> Iterator[Figure]:
    if not is_wanted(prefix, "delivery."):
        return
    with ExitStack() as stack:
        shop = stack.enter_context(workshop())
        backlogs = {}
        if is_wanted(prefix, "delivery.default"):
            backlogs |= name_backlogs("delivery.default", *prepare_backlogs(shop, EVENTS // TASKS))
        if is_wanted(prefix, "delivery.scaled"):
            postgres, broker = stack.enter_context(open_postgres()), stack.enter_context(open_broker())
            if postgres and broker:
                made = prepare_backlogs(shop, EVENTS // TASKS, postgres, broker)
                backlogs |= name_backlogs("delivery.scaled", *made)
        wanted = {name: backlog for name, backlog in backlogs.items() if is_wanted(prefix, name)}
        yield from compare(run_rounds(shop, wanted))


def name_backlogs(name: str, planned: Backlog, whole: Backlog) -> dict[str, Backlog]:
    return {name: planned, f"{name}.whole": whole}


def run_rounds(shop: Workshop, backlogs: dict[str, Backlog]) -> dict[str, list[Run]]:
    events = export_events(shop, next(one for one in backlogs.values() if one.planned))
    contestants: dict[str, Callable[[], Run]] = {"sdk": lambda: run_sdk(shop, events)}
    for name, backlog in backlogs.items():
        contestants[name] = lambda backlog=backlog: run_mode(shop, backlog)
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for number in range(ROUNDS):
        for name, contestant in contestants.items():
            runs[name].append(contestant())
            sys.stderr.write(f"round {number + 1}: {name} {runs[name][-1].received:,.0f} events/s\n")
    return runs


def run_sdk(shop: Workshop, events: Path) -> Run:
    with shop.sandbox(keep=2 * EVENTS) as sandbox:
        script = str(BASE_DIR / "benchmarks" / "sdk_events.py")
        arguments = ["-P", script, f"{sandbox.url}/us", str(events)]
        begun = json.loads(run_to_end(arguments, clean_environment(), RUN_SECONDS))["begun"]
        ended = wait_for_last(sandbox)
        require_each_once(sandbox)
    return Run(EVENTS / (ended - begun), EVENTS / (ended - begun))


def run_mode(shop: Workshop, backlog: Backlog) -> Run:
    with shop.sandbox(keep=2 * EVENTS) as sandbox, backlog.installation(shop, sandbox.url) as installation:
        begun = start_workers(installation, backlog.broker)
        received = wait_for_last(sandbox)
        recorded = wait_until_recorded(installation)
        require_each_once(sandbox)
        require_accepted(installation)
    return Run(EVENTS / (received - begun), EVENTS / (recorded - begun))


def start_workers(installation: Installation, broker: Broker | None) -> float:
    """The time at which they were ready. Celery's are then woken as by a submission."""
    if broker is None:
        return installation.start_worker()[1]
    broker.empty()
    workers = [
        installation.start(f"worker-{number}", "-m", "config.scaleout", "worker")
        for number in range(CELERY_WORKERS)
    ]
    for worker in workers:
        worker.wait_for(r" ready\.")
    begun = time.time()
    broker.wake()
    installation.start("beat", "-m", "config.scaleout", "beat")
    return begun


def wait_for_last(sandbox: Sandbox) -> float:
    """The time at which the last event came in."""
    deadline = time.monotonic() + RUN_SECONDS
    while (at := sandbox.received_at(EVENTS)) is None:
        if time.monotonic() > deadline:
            raise BenchError(f"the sandbox has not received {EVENTS:,} events in {RUN_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)
    return at


def wait_until_recorded(installation: Installation) -> float:
    deadline = time.monotonic() + RUN_SECONDS
    with asking(installation) as ask:
        while not owes_nothing(ask):
            if time.monotonic() > deadline:
                raise BenchError(f"deliveries are still unfinished after {RUN_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
    return time.time()


def require_each_once(sandbox: Sandbox) -> None:
    """As many different events as there are, all accepted, and none besides."""
    if sandbox.received_at(EVENTS + 1) is not None:
        raise BenchError(f"the sandbox received more than {EVENTS:,} events")
    accepted = {one["event"]["messageId"] for one in sandbox.events() if one["verdict"] == "accepted"}
    if len(accepted) != EVENTS:
        raise BenchError(f"the sandbox accepted {len(accepted):,} of {EVENTS:,} events")


def require_accepted(installation: Installation) -> None:
    with asking(installation) as ask:
        counts = dict(ask("SELECT status, count(*) FROM workflows_delivery GROUP BY status"))
    if counts != {"accepted": EVENTS}:
        raise BenchError(f"deliveries ended as {counts}")


def compare(runs: dict[str, list[Run]]) -> Iterator[Figure]:
    sdk = statistics.median(run.received for run in runs.pop("sdk"))
    for name, some in runs.items():
        received = statistics.median(run.received for run in some)
        recorded = statistics.median(run.recorded for run in some)
        judged = (None, Goal.NONE) if name.endswith(".whole") else (TARGET, Goal.RATIO_AT_LEAST)
        yield Figure(name, received, "events/s", SDK, sdk, *judged)
        yield Figure(f"{name}.recorded", recorded, "events/s", SDK, sdk, goal=Goal.NONE)
