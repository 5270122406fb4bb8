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
from benchmarks.programs import BenchError, clean_environment, run_to_end
from benchmarks.report import Figure, Goal, is_wanted
from benchmarks.sql import Ask, asking
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
    """One round's, or the medians of all. `count`: how many were answered 202."""

    count: float
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
        urls = [f"{installation.url}/submit/{submit_key}/", f"{start_both(installation)}/empty/"]
        for count in counts:
            with asking(installation) as ask:
                before = count_submissions(ask)
                product, empty = take_turns(urls, count)
                require_kept(product, count_submissions(ask) - before, count)
            yield from compare(f"intake.{kind}_{count}", make_median(product), make_median(empty))


def start_both(installation: Installation) -> str:
    """Where the empty view is."""
    port = find_free_port()
    installation.start_web()
    installation.start_empty(port)
    return f"http://127.0.0.1:{port}"


def take_turns(urls: list[str], connections: int) -> list[list[Load]]:
    """For each address what every round made of it, the first to warm up."""
    seconds = [WARM_UP_SECONDS, *[SECONDS] * ROUNDS]
    rounds = [[load(url, connections, each) for url in urls] for each in seconds]
    return [list(turns) for turns in zip(*rounds, strict=True)]


def count_submissions(ask: Ask) -> int:
    return int(ask("SELECT count(*) FROM workflows_submission")[0][0])


def require_kept(loads: list[Load], rows: int, connections: int) -> None:
    """Every 202 is a row, and no row is another's: a few were under way when a round ended."""
    promised = sum(one.count for one in loads)
    if not promised <= rows <= promised + len(loads) * connections:
        raise BenchError(f"{promised:,} submissions were answered 202, but {rows:,} are stored")


def load(url: str, connections: int, seconds: float) -> Load:
    arguments = ["-m", "benchmarks.load", url, str(connections), str(seconds)]
    return Load(**json.loads(run_to_end(arguments, clean_environment(), seconds + 60)))


def make_median(loads: list[Load]) -> Load:
    """Of all rounds but the first."""
    columns = ("count", "rate", "p50_ms", "p99_ms")
    return Load(*(statistics.median(getattr(one, column) for one in loads[1:]) for column in columns))


def compare(name: str, product: Load, empty: Load) -> Iterator[Figure]:
    target = (TARGET_SHARE, Goal.RATIO_AT_LEAST) if name == JUDGED else (None, Goal.NONE)
    yield Figure(name, product.rate, "202s/s", EMPTY, empty.rate, *target)
    yield Figure(f"{name}.p50", product.p50_ms, "ms", EMPTY, empty.p50_ms, goal=Goal.NONE)
    yield Figure(f"{name}.p99", product.p99_ms, "ms", EMPTY, empty.p99_ms, goal=Goal.NONE)
