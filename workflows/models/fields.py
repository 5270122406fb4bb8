"""JSON that comes back as it was written."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class WrittenJSONField(models.JSONField):
    """Keeps the order of keys and the form of numbers, so that an event is the same on both databases.

    PostgreSQL's `jsonb` does not: it sorts keys, and `7.2e16` comes back as an integer. `json` keeps the
    text, and has no equality: a lookup by a whole value, or into one, is an error there.
    https://www.postgresql.org/docs/current/datatype-json.html
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # The driver would parse it, and from_db_value take a text in it for JSON.
        return (f"({sql})::text" if compiler.connection.vendor == "postgresql" else sql), params

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> str:
        # As text: Django's own adapter marks it as jsonb.
        return json.dumps(value, cls=self.encoder)
