"""`manage.py run_worker`: turns submissions into events and sends them, until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from config.databases import close_connections, defer_commits
from config.logs import logging_beside
from workflows.delivery.worker import THREADS, Worker


class Command(BaseCommand):
    help = "Plan and send what submissions owe to Segment. Stops cleanly on SIGTERM and Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--threads", type=int, default=THREADS, help="How many sources are sent to at once (default: 4)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        defer_commits(connection.settings_dict)
        close_connections()  # those that the start-up checks opened
        worker = Worker(threads=max(1, options["threads"]))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        with logging_beside():
            worker.run()
