"""An empty PostgreSQL database for each test, at the server of TEST_DATABASE_URL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from config.moving.target import disconnect_target

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/tributary_tests"


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
    server = urlsplit(os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL)
    maintenance = server._replace(path="/postgres", query="").geturl()
    try:
        connection = psycopg.connect(maintenance, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {server.hostname} ({type(error).__name__}); set TEST_DATABASE_URL")
    name = f"tributary_retention_{secrets.token_hex(6)}"
    with connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server._replace(path=f"/{name}", query="").geturl()
        finally:
            disconnect_target()
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
