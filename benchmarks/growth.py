"""What intake, claim, run page and retention cost with little history and with much of it.

The histories lie side by side, in databases of their own, and take turns in every round, so that what the
machine does meanwhile happens to all. Each figure is compared with the same one over the smallest history.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.databases import Postgres, open_postgres
from benchmarks.installation import NOWHERE, Installation, Workshop, workshop
from benchmarks.intake import load
from benchmarks.programs import BASE_DIR, BenchError, run_to_end
from benchmarks.report import Figure, Goal, is_wanted

SMALLEST = 10_000
SIZES = {"sqlite": (SMALLEST, 1_000_000), "postgres": (SMALLEST, 1_000_000, 5_000_000)}
BYTES_OF_DELIVERY = 1_100  # on disk, its submission, attempt and indexes included
WARM_UP = 3
# Retention: with the warm-up, eight bites of at most 500 submissions are all that is old (`history.OLD`).
ROUNDS = {"claim": 31, "run_page": 31, "run_page_problem": 31, "retention": 5, "intake": 9}
INTAKE_CONNECTIONS = 16
INTAKE_SECONDS = 2.0
TARGET = 1.2


@dataclass
class History:
    """An installation with so many deliveries on record, and the process that measures in it."""

    size: int
    installation: Installation
    submit_key: str
    probe: subprocess.Popen[str] = field(init=False)
    spent: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, name: str) -> float:
        """Milliseconds."""
        if name == "intake":
            url = f"{self.installation.url}/submit/{self.submit_key}/"
            return 1000 / load(url, INTAKE_CONNECTIONS, INTAKE_SECONDS).rate
        assert self.probe.stdin is not None
        assert self.probe.stdout is not None
        self.probe.stdin.write(f"{name}\n")
        self.probe.stdin.flush()
        answer = self.probe.stdout.readline()
        if not answer:
            raise BenchError(f"{name} with {self.size:,} deliveries: {self.log.read_text()[-2_000:]}")
        return float(answer)

    @property
    def log(self) -> Path:
        return self.installation.data_dir / "probe.log"


def growth_figures(prefix: str) -> Iterator[Figure]:
    if is_wanted(prefix, "growth.sqlite"):
        yield from measure_growth(prefix, "sqlite", None)
    if is_wanted(prefix, "growth.postgres"):
        with open_postgres() as postgres:
            if postgres:
                yield from measure_growth(prefix, "postgres", postgres)


def measure_growth(prefix: str, kind: str, postgres: Postgres | None) -> Iterator[Figure]:
    names = [name for name in ROUNDS if is_wanted(prefix, f"growth.{kind}.{name}")]
    with ExitStack() as stack:
        shop = stack.enter_context(workshop())
        histories = [
            stack.enter_context(open_history(shop, size, postgres))
            for size in SIZES[kind]
            if has_room(shop, size)
        ]
        for name in names:
            take_turns(name, histories)
            yield from compare(f"growth.{kind}.{name}", name, histories)


def has_room(shop: Workshop, size: int) -> bool:
    """Three times over, because the log and the making of indexes take room as well."""
    status = os.statvfs(shop.directory)
    if status.f_bavail * status.f_frsize >= 3 * size * BYTES_OF_DELIVERY:
        return True
    sys.stderr.write(f"{size:,} deliveries are left out: the disk has too little room\n")
    return False


@contextmanager
def open_history(shop: Workshop, size: int, postgres: Postgres | None) -> Iterator[History]:
    url = postgres.create(f"growth_{size}") if postgres else ""
    with shop.installation(NOWHERE, url) as made:
        submit_key = made.prepare()["submit_key"]
        begun = time.monotonic()
        made.seed("history", "--count", str(size))
        sys.stderr.write(f"{size:,} deliveries filled in {time.monotonic() - begun:.0f} s\n")
        run_to_end(["manage.py", "collectstatic", "--no-input", "--verbosity=0"], made.environment())
        made.start_web()
        history = History(size, made, submit_key)
        with probing(history):
            yield history


@contextmanager
def probing(history: History) -> Iterator[None]:
    with history.log.open("ab") as log:
        history.probe = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.growth_probe"],
            cwd=BASE_DIR,
            env=history.installation.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield
    finally:
        history.probe.kill()
        history.probe.communicate()


def take_turns(name: str, histories: list[History]) -> None:
    for number in range(WARM_UP + ROUNDS[name]):
        for history in histories:
            spent = history.measure(name)
            if number >= WARM_UP:
                history.spent.setdefault(name, []).append(spent)


def compare(title: str, name: str, histories: list[History]) -> Iterator[Figure]:
    smallest, *others = histories
    yardstick = statistics.median(smallest.spent[name])
    for history in others:
        value = statistics.median(history.spent[name])
        against = f"with {smallest.size:,} deliveries"
        title_of_size = f"{title}_{history.size // 1_000_000}m"
        yield Figure(title_of_size, value, "ms", against, yardstick, TARGET, Goal.RATIO_AT_MOST)
