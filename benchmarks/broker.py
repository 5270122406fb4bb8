"""The broker of the scaled-out mode, with a queue of the benchmarks' own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

DEFAULT_URL = "amqp://guest:guest@127.0.0.1:5672//"
CONNECT_SECONDS = 3


@dataclass(frozen=True)
class Broker:
    url: str
    queue: str

    @property
    def settings(self) -> dict[str, str]:
        """For the processes of an installation."""
        return {"CELERY_BROKER_URL": self.url, "CELERY_QUEUE": self.queue}

    def wake(self) -> None:
        """What a web server does after a commit."""
        with Celery(broker=self.url) as app:
            app.send_task("tributary.plan", queue=self.queue)

    def empty(self) -> None:
        """Take away what an earlier installation left."""
        with Connection(self.url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.connect()  # once: a channel would be tried for again and again
            with connection.channel() as channel:
                channel.queue_delete(self.queue)


@contextmanager
def open_broker() -> Iterator[Broker | None]:
    """The broker of CELERY_BROKER_URL_BENCH, or this machine's; None, saying so, where there is none."""
    url = os.environ.get("CELERY_BROKER_URL_BENCH", DEFAULT_URL)
    broker = Broker(url, f"tributary_bench_{os.getpid()}")
    try:
        broker.empty()
    except (OSError, OperationalError) as error:
        place = urlsplit(url).hostname
        sys.stderr.write(
            f"the scaled-out mode is left out: {place} does not answer ({type(error).__name__})\n"
        )
        yield None
        return
    try:
        yield broker
    finally:
        broker.empty()
