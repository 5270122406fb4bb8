"""`manage.py prepare`: what must be done before the web server and the worker start. Safe to run again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection


class Command(BaseCommand):
    help = "Migrates and checks the database, collects static files, loads the demo in sandbox mode."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lift_time_limit()
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        call_command("check", databases=["default"])
        collect_static(Path(settings.STATIC_ROOT))
        if settings.IS_SANDBOX:
            call_command("load_demo")


def lift_time_limit() -> None:
    """A migration may build an index for longer than any other statement may take."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")


def collect_static(root: Path) -> None:
    """Collect, hash and compress the static files, unless nothing changed since the last time."""
    stamp = root.with_name("static.stamp")
    fingerprint = static_fingerprint()
    if root.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """Changes with any file's name, size or time."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            digest.update(f"{path}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()
