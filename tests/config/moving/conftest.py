"""An empty PostgreSQL database for each test, at the server of TEST_DATABASE_URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from config.moving.target import disconnect_target
from tests.own_services import own_database


@pytest.fixture(autouse=True)
def _databases_made_in_tests(
    transactional_db: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django's test case knows the databases of the settings and forbids others."""
    real = django_db_blocker._real_ensure_connection
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", real)


@pytest.fixture
def target_url() -> Iterator[str]:
    """The address of a database of its own. Skipped without a server, and failed under CI=true."""
    with own_database() as url:
        try:
            yield url
        finally:
            disconnect_target()
