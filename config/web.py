"""`python -m config.web`: the web server (granian, WSGI) on HOST and PORT; `--dev` reloads on every change.

One process of many threads by default on SQLite, where two that fight over its writer lock are slower than
one; on PostgreSQL one for each processor, up to four. A process whose parent is killed goes with it, so the
port is free.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from config.flusher import start_flusher
from config.logs import choose_formatter
from config.supervisor import die_with_parent

DEFAULT_THREADS = 32
MAX_DEFAULT_PROCESSES = 4
STOP_SECONDS = 8
LOG_CONFIG = {
    "formatters": {"line": {"()": choose_formatter(os.environ)}},
    "filters": {"known": {"()": "config.web.KnownAdvice"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["known"]}},
    "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
}


class KnownAdvice(logging.Filter):
    """Drops granian's advice on threads: ours wait for the disk most of the time, so many are right."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads, which seems quite high" not in record.getMessage()


def load_application(target: str) -> Callable[..., Any]:
    """Runs in each server process."""
    die_with_parent()
    from config.wsgi import application

    start_flusher()
    return application


def count_processes(environment: Mapping[str, str]) -> int:
    """WEB_PROCESSES, or what suits the database at DATABASE_URL."""
    if chosen := environment.get("WEB_PROCESSES"):
        return int(chosen)
    if environment.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        return 1
    return min(MAX_DEFAULT_PROCESSES, os.cpu_count() or 1)


def serve(host: str, port: int) -> None:
    Granian(
        "config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=count_processes(os.environ),
        blocking_threads=int(os.environ.get("WEB_THREADS", DEFAULT_THREADS)),
        websockets=False,
        log_dictconfig=LOG_CONFIG,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=STOP_SECONDS,
        working_dir=Path(__file__).resolve().parent.parent,
    ).serve(target_loader=load_application)


def serve_dev(host: str, port: int) -> None:
    from django.core.management import execute_from_command_line

    die_with_parent()  # the reloading process and the one it starts over and over
    start_flusher()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    execute_from_command_line(["manage.py", "runserver", address])


def main() -> None:
    start = serve_dev if "--dev" in sys.argv[1:] else serve
    start(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000")))


if __name__ == "__main__":
    main()
