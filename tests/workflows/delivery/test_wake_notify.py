"""Wake-ups through PostgreSQL; the tests run where the tests' database is one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection, transaction

from tests.segment.helpers import wait_until
from workflows.delivery import wake_notify
from workflows.delivery.wake import announce, listen

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the tests' database is not PostgreSQL"),
]

LISTENING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'tributary wake' AND query LIKE 'LISTEN%%'"
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleQueue[None]]:
    """A listener that is connected and has told so."""
    monkeypatch.setattr(wake_notify, "RECONNECT_SECONDS", 0.05)
    queue: SimpleQueue[None] = SimpleQueue()
    listener = listen("worker", lambda: queue.put(None))
    queue.get(timeout=10)
    yield queue
    listener.stop()


def select(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_an_announcement_is_heard(heard: SimpleQueue[None]) -> None:
    announce()
    heard.get(timeout=5)
    assert heard.empty()


def test_inside_a_transaction_it_is_heard_with_the_commit(heard: SimpleQueue[None]) -> None:
    with transaction.atomic():
        announce()
        assert not threading.Event().wait(0.3)
        assert heard.empty()
    heard.get(timeout=5)


def test_a_lost_connection_is_made_again_and_counts_as_a_wake_up(heard: SimpleQueue[None]) -> None:
    [(old,)] = select(LISTENING)
    assert heard.empty()
    assert select(f"SELECT pg_terminate_backend({old})") == [(True,)]
    heard.get(timeout=5)  # nobody has announced anything
    wait_until(lambda: (old,) not in select(LISTENING))
    [(new,)] = select(LISTENING)
    assert new != old
    assert heard.empty()
    announce()
    heard.get(timeout=5)
    assert heard.empty()


def test_many_announcements_are_heard_as_a_few_or_each(heard: SimpleQueue[None]) -> None:
    with transaction.atomic():
        for _ in range(100):
            announce()
    heard.get(timeout=5)
    assert heard.empty()  # PostgreSQL folds what is equal in a transaction
