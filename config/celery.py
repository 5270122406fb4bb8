"""The Celery app of the scaled-out mode: `workflows.delivery.tasks` says what its messages mean."""

from __future__ import annotations

import gc
import logging
import os
import time
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.databases import close_connections, defer_commits
from config.supervisor import die_with_parent

CONNECT_SECONDS = 2
WRITE_SECONDS = 5
SWEEP_SECONDS = 2.0
PRUNE_SECONDS = 60.0
PAUSE_AFTER_TROUBLE_SECONDS = 1.0


def make_transport_options(url: str) -> dict[str, float]:
    """So that a broker which takes nothing any more is noticed instead of waited for."""
    if url.startswith("amqp"):
        return {"write_timeout": WRITE_SECONDS}
    return {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": WRITE_SECONDS}


app = Celery("tributary", broker=settings.CELERY_BROKER_URL or None)
app.conf.update(
    imports=["workflows.delivery.tasks"],
    task_default_queue=settings.CELERY_QUEUE,
    task_default_delivery_mode="transient",  # what a restart of the broker loses, a sweep finds
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # One try more, on a new connection: the broker closes one that was silent for long. Then a sweep does it.
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
    broker_connection_timeout=CONNECT_SECONDS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # for ever
    broker_heartbeat=10,
    broker_transport_options=make_transport_options(settings.CELERY_BROKER_URL),
    worker_prefetch_multiplier=1,
    worker_enable_prefetch_count_reduction=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,  # of those acknowledged late: none
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_scheduler="config.beat:Beat",  # what it does is fixed, so it needs no file
    beat_schedule={
        "sweep": {"task": "tributary.sweep", "schedule": SWEEP_SECONDS},
        "prune": {"task": "tributary.prune", "schedule": PRUNE_SECONDS},
    },
    # The tasks give their connections back to the pool; Celery would close the pool after each of them.
    CELERY_DB_REUSE_MAX=10**9,
)


def ask_for_plan() -> None:
    """Have a worker plan what has come in. Raises where the broker cannot be reached, after a pause."""
    from workflows.delivery.tasks import plan  # not before Django is set up

    try:
        plan.delay()
    except Exception:
        # In the announcing thread: one line in the log a second is enough.
        time.sleep(PAUSE_AFTER_TROUBLE_SECONDS)
        raise


@signals.setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Leave logging as Django has set it up, without a line for each message."""
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("celery.beat").addFilter(lambda record: "Sending due task" not in str(record.msg))


@signals.worker_before_create_process.connect
def part_connections(**_: Any) -> None:
    """The start-up checks read the database."""
    close_connections()
    gc.freeze()  # what is there now is shared with the process to come, as long as nothing writes to it


@signals.worker_process_init.connect
def begin_process(**_: Any) -> None:
    die_with_parent()
    defer_commits(settings.DATABASES["default"])


@signals.worker_shutting_down.connect
def hear_of_the_end(**_: Any) -> None:
    from workflows.delivery.tasks import ask_to_stop

    ask_to_stop()


@signals.worker_shutdown.connect
def end(**_: Any) -> None:
    from workflows.delivery.tasks import end_beat

    end_beat(os.getpid())
