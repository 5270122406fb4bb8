"""Databases that hold a backlog, made once and copied for every run, for either mode."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.broker import Broker
from benchmarks.databases import Postgres
from benchmarks.installation import NOWHERE, Installation, Workshop


@dataclass(frozen=True)
class Backlog:
    """`planned`: its deliveries are made; else only its submissions are. `source`: a file or an address."""

    name: str
    planned: bool
    source: str
    postgres: Postgres | None
    broker: Broker | None

    @contextmanager
    def installation(self, shop: Workshop, sandbox_url: str) -> Iterator[Installation]:
        """An installation on a copy of it."""
        settings = self.broker.settings if self.broker else {}
        url = self.postgres.create(f"{self.name}_run", self.source) if self.postgres else ""
        try:
            with shop.installation(sandbox_url, url, **settings) as made:
                if not self.postgres:
                    shutil.copyfile(self.source, made.database)
                yield made
        finally:
            if self.postgres:
                self.postgres.drop(url)


def prepare_backlogs(
    shop: Workshop, submissions: int, postgres: Postgres | None = None, broker: Broker | None = None
) -> tuple[Backlog, Backlog]:
    """The same submissions twice: planned, and not planned."""
    url = postgres.create("backlog") if postgres else ""
    with shop.installation(NOWHERE, url) as made:
        made.prepare()
        made.seed("backlog", "--count", str(submissions))
        whole = Backlog("whole", False, _keep(shop, made, "whole", postgres), postgres, broker)
        made.seed("plan")
        planned = Backlog("planned", True, _keep(shop, made, "planned", postgres), postgres, broker)
    return planned, whole


def export_events(shop: Workshop, planned: Backlog) -> Path:
    """The planned events as lines for `benchmarks.sdk_events`."""
    path = shop.new_directory("events") / "events.jsonl"
    with planned.installation(shop, NOWHERE) as made:
        path.write_text(made.seed("events"), encoding="utf-8")
    return path


def _keep(shop: Workshop, made: Installation, name: str, postgres: Postgres | None) -> str:
    if postgres:
        postgres.tidy(made.database_url)
        return postgres.create(name, made.database_url)
    with closing(sqlite3.connect(made.database)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return str(shutil.copyfile(made.database, shop.new_directory("backlog") / f"{name}.sqlite3"))
