"""The two ways to run Tributary: on one machine, or scaled out over several."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tests.faults.servers import PostgreSql, Server

_databases = itertools.count(1)


@dataclass(frozen=True)
class Mode:
    """Without servers: SQLite and `run_worker`. With them: PostgreSQL, and Celery on the broker."""

    postgresql: PostgreSql | None = None
    broker: Server | None = None

    def make_settings(self) -> dict[str, str]:
        """Of a new installation, which has a database to itself."""
        settings = {}
        if self.postgresql:
            settings["DATABASE_URL"] = self.postgresql.create_database(f"faults_{next(_databases)}")
        if self.broker:
            settings["CELERY_BROKER_URL"] = self.broker.url
        return settings
