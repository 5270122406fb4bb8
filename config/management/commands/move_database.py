"""`manage.py move_database postgres://user@host/name`: from SQLite to PostgreSQL, with nothing lost."""

from __future__ import annotations

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.moving.errors import MoveError
from config.moving.move import move


class Command(BaseCommand):
    help = (
        "Copies the SQLite installation in DATA_DIR into an empty PostgreSQL database, in one transaction, "
        "and compares both. Stop Tributary before. The SQLite file stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "target", nargs="?", help="postgres://user@host/name (default: TARGET_DATABASE_URL)"
        )
        parser.add_argument("--without-sessions", action="store_true", help="everybody signs in anew")

    def handle(self, *args: Any, **options: Any) -> None:
        # From the environment, so that a password need not be on the command line for all to see.
        url = options["target"] or os.environ.get("TARGET_DATABASE_URL", "")
        if not url:
            raise CommandError("Say where to: postgres://user@host/name, or set TARGET_DATABASE_URL.")
        started = time.monotonic()
        try:
            moved = move(url, not options["without_sessions"], self.stderr.write)
        except MoveError as error:
            raise CommandError(str(error)) from None
        for table in moved:
            self.stdout.write(f"{table.rows:>12,}  {table.checksum}  {table.name}")
        rows, seconds = sum(table.rows for table in moved), time.monotonic() - started
        self.stdout.write(
            f"{rows:,} rows are in PostgreSQL, equal to those in SQLite ({seconds:.0f} s). "
            "Now set DATABASE_URL to it, keep keys.env, and start Tributary."
        )
