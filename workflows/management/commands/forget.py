"""`manage.py forget --email ada@example.com`: erases a person's data, and prints a receipt as JSON."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Brand
from workflows.retention.find import PAGE_ROWS
from workflows.retention.forget import forget
from workflows.retention.person import Criterion, Person
from workflows.retention.receipt import Receipt
from workflows.retention.traces import clear_traces

WAIT_SECONDS = 60.0
SHORTEST_ID = 4
PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Erases what a person sent, everywhere: submissions, events, attempts, samples. Prints a receipt as "
        "JSON. Exit code 1 when something is being sent right now and has to be erased by another run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", help="whatever its case; - reads it from standard input")
        who.add_argument("--user-id", help="exactly as sent; - reads it from standard input")
        parser.add_argument("--brand", help="only there: a brand's id or its exact name")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")
        parser.add_argument("--receipt", metavar="PATH", help="a new file for the receipt (mode 0600)")
        parser.add_argument("--wait", type=float, default=WAIT_SECONDS, help="seconds for what is being sent")
        parser.add_argument("--vacuum", action="store_true", help="then write the database's file anew")
        parser.add_argument("--allow-short", action="store_true", help=f"ids under {SHORTEST_ID} characters")

    def handle(self, *args: Any, **options: Any) -> None:
        person = read_person(options)
        receipt = Receipt(person, find_brand_id(options["brand"]), options["dry_run"], timezone.now())
        if options["wait"] < 0:
            raise CommandError("--wait must be 0 or more seconds.")
        file = open_new(options["receipt"]) if options["receipt"] else None
        try:
            forget(receipt, options["wait"], self._make_progress())
            if not receipt.is_dry_run:
                clear_traces(receipt, options["vacuum"])
        finally:  # also after a failure: what is erased already cannot be found again
            self._write(receipt, file)
        if receipt.still_sending_ids:
            count = len(receipt.still_sending_ids)
            raise CommandError(f"{count} runs are being sent right now. Run the command again in a minute.")

    def _write(self, receipt: Receipt, file: TextIO | None) -> None:
        text = receipt.as_json()
        if file is not None:
            with file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        self.stdout.write(text, ending="")

    def _make_progress(self) -> Any:
        next_line = time.monotonic() + PROGRESS_SECONDS

        def show(pages: int) -> None:
            nonlocal next_line
            if time.monotonic() >= next_line:
                self.stderr.write(f"{pages * PAGE_ROWS:,} submissions read")
                next_line = time.monotonic() + PROGRESS_SECONDS

        return show


def read_person(options: dict[str, Any]) -> Person:
    """Errors never repeat what was typed: it is the person's data."""
    if options["email"] is not None:
        email = _read(options["email"]).strip()
        if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
            raise CommandError("--email must be one e-mail address, such as ada@example.com.")
        return Person(Criterion.EMAIL, email)
    user_id = _read(options["user_id"])
    if not user_id.strip():
        raise CommandError("--user-id must not be empty.")
    if len(user_id) < SHORTEST_ID and not options["allow_short"]:
        raise CommandError(
            f"A user id of fewer than {SHORTEST_ID} characters may be others' answer, such as a score. "
            "Look with --dry-run --allow-short first; then leave out --dry-run."
        )
    return Person(Criterion.USER_ID, user_id)


def _read(value: str) -> str:
    return sys.stdin.readline().rstrip("\r\n") if value == "-" else value


def find_brand_id(wanted: str | None) -> int | None:
    if wanted is None:
        return None
    ids = list(Brand.objects.filter(name=wanted).order_by("pk").values_list("pk", flat=True))
    if not ids and wanted.isdecimal():
        with suppress(OverflowError):
            ids = list(Brand.objects.filter(pk=int(wanted)).values_list("pk", flat=True))
    if not ids:
        raise CommandError(f"There is no brand {wanted!r}.")
    if len(ids) > 1:
        raise CommandError(f"Several brands are called {wanted!r}: give one of the ids {ids}.")
    return ids[0]


def open_new(path: str) -> TextIO:
    """Before anything is erased: a receipt that cannot be written would be found out too late."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The receipt cannot be written: {error.strerror} ({path}).") from None
