"""`manage.py load_demo`: the demo data of sandbox mode, and `demo.json` in the data directory."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows.demo import load_demo


class Command(BaseCommand):
    help = "Makes the demo brand, people, survey and workflow where they are missing (sandbox mode only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("Demo data is for sandbox mode only: set TRIBUTARY_SANDBOX=1.")
        load_demo(settings.DATA_DIR / "demo.json", settings.PUBLIC_URL, settings.SANDBOX_URL)
