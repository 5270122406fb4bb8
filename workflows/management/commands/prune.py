"""`manage.py prune`: removes what is older than RETENTION_DAYS now, as the worker does by and by."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.retention.prune import prune_bites
from workflows.retention.removal import Counts

PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    help = "Removes runs older than RETENTION_DAYS, in small bites, while everything else goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="an age other than RETENTION_DAYS, at least 1")

    def handle(self, *args: Any, **options: Any) -> None:
        days = settings.RETENTION_DAYS if options["days"] is None else options["days"]
        if options["days"] is not None and days < 1:
            raise CommandError("--days must be at least 1: younger runs are never removed by age.")
        if not days:
            raise CommandError("RETENTION_DAYS is 0, so runs are kept for ever. Give an age with --days.")
        removed = self._prune(days)
        self.stdout.write(f"Removed {removed}: runs older than {days} days that were finished.")

    def _prune(self, days: int) -> Counts:
        removed, next_line = Counts(), time.monotonic() + PROGRESS_SECONDS
        for counts in prune_bites(days):
            removed += counts
            if time.monotonic() >= next_line:
                self.stderr.write(f"so far {removed}")
                next_line = time.monotonic() + PROGRESS_SECONDS
        return removed
