"""Start-up checks, the template tags every page uses, and the broker where there is one."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        from django.conf import settings

        from config import checks  # noqa: F401  (registers the checks)

        if settings.CELERY_BROKER_URL:
            from config.celery import ask_for_plan
            from workflows.delivery.wake import announce_through

            announce_through(ask_for_plan)
