"""The PostgreSQL and the RabbitMQ that run here already, beside others: a database and a queue of our own.

TEST_DATABASE_URL and TEST_BROKER_URL say where; the database's user must be allowed to create databases.
Without them a test is skipped, saying so; under CI=true it fails.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from kombu import Connection
from kombu.exceptions import OperationalError
from psycopg import sql

from tests.on_postgresql import DEFAULT_URL as DEFAULT_DATABASE_URL
from tests.on_postgresql import describe_trouble

DEFAULT_BROKER_URL = "amqp://guest:guest@127.0.0.1:5672//"
CONNECT_SECONDS = 5


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a new database, which is gone in the end."""
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_DATABASE_URL
    give_up_on(describe_trouble(url))
    server, name = urlsplit(url), f"tributary_own_{secrets.token_hex(6)}"
    maintenance = server._replace(path="/postgres", query="").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def own_queue() -> Iterator[dict[str, str]]:
    """Settings with a queue that nobody else uses, and which is gone in the end; a vhost needs more rights.

    Celery makes an exchange of the same name.
    """
    url = os.environ.get("TEST_BROKER_URL") or DEFAULT_BROKER_URL
    name = f"tributary_own_{secrets.token_hex(6)}"
    try:
        remove_queue(url, name)
    except (OSError, OperationalError) as error:
        place = urlsplit(url).hostname
        give_up_on(f"no RabbitMQ at {place} ({type(error).__name__}); set TEST_BROKER_URL")
    try:
        yield {"CELERY_BROKER_URL": url, "CELERY_QUEUE": name}
    finally:
        remove_queue(url, name)


def remove_queue(url: str, name: str) -> None:
    with Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
        connection.connect()  # once: a channel would be tried for again and again
        with connection.channel() as channel:
            channel.queue_delete(name)
            channel.exchange_delete(name)


def give_up_on(trouble: str) -> None:
    if trouble:
        pytest.fail(trouble) if os.environ.get("CI") == "true" else pytest.skip(trouble)
