"""What must hold before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from accounts.fields import SecretUnreadableError
from accounts.models import KeyCanary
from config.databases import POSTGRESQL


@register()
def check_broker(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Celery's workers share a database that locks rows, which SQLite does not."""
    if not settings.CELERY_BROKER_URL or settings.DATABASES["default"]["ENGINE"] == POSTGRESQL:
        return []
    return [
        Error(
            "CELERY_BROKER_URL is set, but the database is not PostgreSQL.",
            hint="Set DATABASE_URL=postgres://…, or leave CELERY_BROKER_URL out: one worker serves SQLite.",
            id="tributary.E003",
        )
    ]


@register(Tags.database)
def check_encryption_key(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The canary decrypts, so FIELD_ENCRYPTION_KEY is the key the stored tokens were encrypted with."""
    try:
        texts = set(KeyCanary.objects.values_list("text", flat=True))
    except SecretUnreadableError:
        return [
            Error(
                "FIELD_ENCRYPTION_KEY does not decrypt what this database holds.",
                hint="Put back the key the tokens were encrypted with; a new one goes before it.",
                id="tributary.E001",
            )
        ]
    except DatabaseError:
        return []  # not migrated yet
    return (
        [] if texts <= {KeyCanary.KNOWN_TEXT} else [Error("The key canary was altered.", id="tributary.E002")]
    )
