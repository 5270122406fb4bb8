"""Durable 202s a second through the real web server, and what the same server makes of an empty view.

Both servers run for the whole measurement with the same settings, and take turns under the same generator, so
they share their luck. The product's answers only after its submission is on disk.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.databases import open_postgres
from benchmarks.installation import NOWHERE, Installation, workshop
from benchmarks.programs import clean_environment, run_to_end
from benchmarks.report import Figure, Goal, is_wanted
from config.loopback import find_free_port

CONNECTIONS = (1, 16, 64)
ROUNDS = 5
SECONDS = 3.0
WARM_UP_SECONDS = 1.0
TARGET_SHARE = 0.5
JUDGED = "intake.sqlite_64"
EMPTY = "an empty 202 view, same server"


@dataclass(frozen=True)
class Load:
    """Medians of the rounds."""

    rate: float
    p50_ms: float
    p99_ms: float


def intake_figures(prefix: str) -> Iterator[Figure]:
    if is_wanted(prefix, "intake.sqlite_"):
        yield from measure_intake(prefix, "sqlite")
    if is_wanted(prefix, "intake.postgres_"):
        with open_postgres() as postgres:
            if postgres is not None:
                yield from measure_intake(prefix, "postgres", postgres.create("intake"))


def measure_intake(prefix: str, kind: str, database_url: str = "") -> Iterator[Figure]:
    counts = [count for count in CONNECTIONS if is_wanted(prefix, f"intake.{kind}_{count}")]
    with workshop() as shop, shop.installation(NOWHERE, database_url) as installation:
        submit_key = installation.prepare()["submit_key"]
        empty_url = f"http://127.0.0.1:{start_both(installation)}"
        for count in counts:
            paths = [f"{url}/submit/{submit_key}/" for url in (installation.url, empty_url)]
            product, empty = take_turns(paths, count)
            yield from compare(f"intake.{kind}_{count}", product, empty)


def start_both(installation: Installation) -> int:
    """The port of the empty view."""
    port = find_free_port()
    installation.start_web()
    installation.start_empty(port)
    return port


def take_turns(urls: list[str], connections: int) -> list[Load]:
    for url in urls:
        load(url, connections, WARM_UP_SECONDS)
    rounds = [[load(url, connections, SECONDS) for url in urls] for _ in range(ROUNDS)]
    return [make_median(list(turns)) for turns in zip(*rounds, strict=True)]


def load(url: str, connections: int, seconds: float) -> Load:
    arguments = ["-m", "benchmarks.load", url, str(connections), str(seconds)]
    return Load(**json.loads(run_to_end(arguments, clean_environment(), seconds + 60)))


def make_median(loads: list[Load]) -> Load:
    columns = ("rate", "p50_ms", "p99_ms")
    return Load(*(statistics.median(getattr(one, column) for one in loads) for column in columns))


def compare(name: str, product: Load, empty: Load) -> Iterator[Figure]:
    target = (TARGET_SHARE, Goal.RATIO_AT_LEAST) if name == JUDGED else (None, Goal.NONE)
    yield Figure(name, product.rate, "202s/s", EMPTY, empty.rate, *target)
    yield Figure(f"{name}.p50", product.p50_ms, "ms", EMPTY, empty.p50_ms, goal=Goal.NONE)
    yield Figure(f"{name}.p99", product.p99_ms, "ms", EMPTY, empty.p99_ms, goal=Goal.NONE)
