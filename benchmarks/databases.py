"""The databases that benchmarks fill: SQLite files, or databases of their own in a PostgreSQL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
PREFIX = "tributary_bench_"  # then the process's number
LOOPBACK = {"127.0.0.1", "::1", "localhost"}  # elsewhere, other machines' processes use the server too


class Postgres:
    """A server on which databases may be made; all that were made here go when it closes."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._names: list[str] = []

    def create(self, name: str, template: str = "") -> str:
        """The address of a new database; `template` is the address of one to copy, which nobody uses."""
        full = f"{PREFIX}{os.getpid()}_{name}"
        copied = f' TEMPLATE "{_name_in(template)}"' if template else ""
        self._names.append(full)
        self._execute(f'CREATE DATABASE "{full}"{copied}')
        return urlunsplit(urlsplit(self._server_url)._replace(path=f"/{full}"))

    def tidy(self, url: str) -> None:
        """What autovacuum would have done by the time a backlog has grown."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def drop(self, url: str) -> None:
        name = _name_in(url)
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._names.remove(name)

    def drop_leftovers(self) -> None:
        """What a benchmark on this machine left behind that was killed."""
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall():
                if is_leftover(name):
                    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        for name in list(self._names):
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self._names.remove(name)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)


def is_leftover(name: str) -> bool:
    """Whether a database is a benchmark's whose process is gone."""
    owner = name.removeprefix(PREFIX).partition("_")[0]
    if not name.startswith(PREFIX) or not owner.isdecimal():
        return False
    return not Path(f"/proc/{owner}").exists()


def _name_in(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


@contextmanager
def open_postgres() -> Iterator[Postgres | None]:
    """The server of DATABASE_URL_BENCH, or this machine's; None, saying so, where there is none."""
    url = os.environ.get("DATABASE_URL_BENCH", DEFAULT_SERVER)
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        host = urlsplit(url).hostname
        sys.stderr.write(
            f"PostgreSQL figures are left out: {host} does not answer ({type(error).__name__})\n"
        )
        yield None
        return
    server = Postgres(url)
    if urlsplit(url).hostname in LOOPBACK:
        server.drop_leftovers()
    try:
        yield server
    finally:
        server.close()
