"""How the database is spoken to: SQLite in a file by default, PostgreSQL through `DATABASE_URL`."""

from __future__ import annotations

from typing import Any

import environ

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"

# Pages of 4 KB in SQLite's log from which on a commit also copies them to the database. A worker does it, so
# that a submission need not wait for it; the others come to it only when no worker does.
WORKER_PAGES = 2_000
OTHERS_PAGES = 8_000

SQLITE_OPTIONS = {
    # FULL: a 202 survives a power cut. IMMEDIATE: two writers queue instead of failing half-way.
    # secure_delete: what is erased is overwritten, as Debian's SQLite does anyway and others do not.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA secure_delete=ON;"
        f"PRAGMA wal_autocheckpoint={OTHERS_PAGES};"
    ),
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}

# Seconds. What waits longer has met trouble, and says so instead of holding a thread.
CONNECT_SECONDS = 5
POOL_WAIT_SECONDS = 5.0  # for a free connection, or for a server that is being restarted
LOCK_SECONDS = 10
IDLE_IN_TRANSACTION_SECONDS = 60


def read_database(env: environ.Env, default_url: str) -> dict[str, Any]:
    """`DATABASES["default"]` from DATABASE_URL, with what the engine needs to be quick and notice trouble."""
    database: dict[str, Any] = env.db_url("DATABASE_URL", default=default_url)
    if database["ENGINE"] == SQLITE:
        # A connection per request would open the file and set its PRAGMAs each time: a fifth of a
        # submission's time.
        return database | {"CONN_MAX_AGE": 600, "OPTIONS": SQLITE_OPTIONS}
    if database["ENGINE"] == POSTGRESQL:
        # A pool in each process, made with its first query and so after any fork, keeps the connections; a
        # thread takes one for a request. One that the server has closed is noticed as it is taken.
        options = _postgresql_options(env) | database.get("OPTIONS", {})
        return database | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    return database


def _postgresql_options(env: environ.Env) -> dict[str, Any]:
    threads = env.int("WEB_THREADS", default=32)
    statement_seconds = env.float("DATABASE_STATEMENT_SECONDS", default=30.0)
    limits = {
        "statement_timeout": round(statement_seconds * 1_000),
        "lock_timeout": LOCK_SECONDS * 1_000,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_SECONDS * 1_000,
    }
    return {
        "pool": {
            "min_size": 1,
            # One for each thread of the web server, and some for what runs beside them.
            "max_size": env.int("DATABASE_POOL_SIZE", default=threads + 4),
            "timeout": POOL_WAIT_SECONDS,
            # Given up one at a time. After a restart of the server each idle one is found dead in its turn,
            # with growing pauses, so that whoever finds several waits too long: quiet times keep few.
            "max_idle": 10.0,
        },
        "application_name": "tributary",
        "connect_timeout": CONNECT_SECONDS,
        # A server that vanished without a word (its host died, a firewall forgot us) is noticed in a minute.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
    }


def defer_commits(database: dict[str, Any]) -> None:
    """This process no longer waits until its commits are on disk: for workers, never for intake.

    A crash of the database's machine takes back what workers committed just before. A plan is then made
    again, a claim too, and what was sent is sent again, with the same message ids. What intake committed
    stays: its commits are waited for, and with them all that stands before them in the log.
    """
    options = dict(database["OPTIONS"])
    if database["ENGINE"] == SQLITE:
        # While the disk is waited for, SQLite's one writer lock is held. https://www.sqlite.org/pragma.html
        options["init_command"] += f"PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint={WORKER_PAGES};"
    else:
        options["options"] += " -c synchronous_commit=off"
    database["OPTIONS"] = options


def close_connections() -> None:
    """Before a fork, since a connection that two processes share serves neither; and for new options."""
    from django.db import connection
    from django.db.backends.postgresql.base import DatabaseWrapper

    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()
