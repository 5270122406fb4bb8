"""The tests' database: SQLite, or PostgreSQL where DATABASE_URL names one (`make test` runs some on both)."""

from __future__ import annotations

import pytest
from django.db import connection

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's own ways")
postgresql_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's own ways")


def read_test_database_url() -> str:
    """Where a process of its own finds the tests' database."""
    target = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{target['NAME']}"
    place = f"{target['HOST']}:{target['PORT'] or 5432}"
    return f"postgres://{target['USER']}:{target['PASSWORD']}@{place}/{target['NAME']}"
