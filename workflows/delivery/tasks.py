"""What Celery's workers do where CELERY_BROKER_URL is set.

| task | does | asked for by |
|---|---|---|
| `plan` | plans what is unplanned, then calls for a `drain` of each source that is due | each announcement |
| `drain` | claims, sends and records what a source is owed | `plan`, `sweep`, itself when its time is over |
| `sweep` | `plan`, and gives back what dead workers held | the beat, every two seconds |
| `prune` | removes what is older than RETENTION_DAYS | the beat, every minute |

A message only says that there may be something to do. The database knows what: a message that is lost costs
time until the next sweep, one that comes twice finds nothing. None carries anything of a submission.
"""

from __future__ import annotations

import logging
import mmap
import os
import socket
import time
from collections.abc import Callable, Iterable
from functools import cache

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from workflows.delivery import outbox
from workflows.delivery.breaker import failing_sources
from workflows.delivery.build import describe
from workflows.delivery.calls import forget_calls, note_calls, take_call
from workflows.delivery.clock import ClockWatch
from workflows.delivery.drain import Drainer
from workflows.delivery.probes import probe_place
from workflows.delivery.turns import plan_in_turn
from workflows.delivery.worker import BEAT_SECONDS, beat
from workflows.models import WorkerBeat, WorkerKind
from workflows.retention.prune import prune as prune_for

log = logging.getLogger(__name__)

PLAN_LIMIT = 500  # submissions in one transaction
PLAN_SECONDS = 10.0  # then other tasks have their turn
PRUNE_TURN_SECONDS = 20.0
# A message that waited this long is superfluous: many sweeps have passed. Not less: hosts' clocks may differ.
EXPIRE_SECONDS = 600

# Shared with the processes that are forked from the one which hears of the end.
_stopping = mmap.mmap(-1, 1)


@shared_task(name="tributary.plan", expires=EXPIRE_SECONDS)
def plan() -> None:
    _run("plan", _plan_and_call)


@shared_task(name="tributary.drain", expires=EXPIRE_SECONDS)
def drain(source_id: int) -> None:
    _run("drain", lambda: _answer_call(source_id))


@shared_task(name="tributary.sweep")  # never expires: it mends what differing clocks spoil
def sweep() -> None:
    _run("sweep", _sweep)


@shared_task(name="tributary.prune", expires=EXPIRE_SECONDS)
def prune() -> None:
    _run("prune", lambda: prune_for(PRUNE_TURN_SECONDS))


def call_for(source_ids: Iterable[int]) -> None:
    """Have workers drain these sources, where that is not under way. Without a broker a later sweep does."""
    left = note_calls(source_ids)
    try:
        for source_id in sorted(left):
            drain.delay(source_id)
            left.discard(source_id)
    except (OperationalError, OSError) as error:
        log.warning("workers not woken: %s", type(error).__name__)
        forget_calls(left)


def ask_to_stop() -> None:
    """Have all processes of this worker finish or give back what they are at. For a signal handler."""
    _stopping[0] = 1


def is_stopping() -> bool:
    return bool(_stopping[0])


def end_beat(process_id: int) -> None:
    """The worker with this main process has ended in order."""
    try:
        WorkerBeat.objects.filter(name=_worker_name(process_id)).delete()
    except DatabaseError as error:
        log.warning("worker not signed off: %s", type(error).__name__)
    connection.close()


def _answer_call(source_id: int) -> None:
    if take_call(source_id) and _drain(source_id):
        call_for([source_id])


def _drain(source_id: int) -> bool:
    """Whether there may be more to send, since the time is over."""
    if source_id not in failing_sources():
        return _drainer().drain(source_id)
    with probe_place(max(1, settings.CELERY_PROCESSES // 2)) as is_free:
        return is_free and _drainer().drain(source_id)  # else a later sweep calls again


def _sweep() -> None:
    outbox.give_back_expired()
    if _clock.has_gone_back():
        outbox.make_waiting_due()
    _plan_and_call()


def _plan_and_call() -> None:
    end = time.monotonic() + PLAN_SECONDS
    while not is_stopping():
        planned = plan_in_turn(PLAN_LIMIT)
        call_for(outbox.due_sources())
        _give_sign_of_life()
        if planned < PLAN_LIMIT:
            return
        if time.monotonic() > end:
            plan.delay()
            return


_clock = ClockWatch()


def _run(name: str, work: Callable[[], object]) -> None:
    """A task's frame: a connection from the pool and back, and no error's text, which may quote answers."""
    close_old_connections()
    try:
        _give_sign_of_life()
        work()
    except Exception as error:
        log.error("%s in trouble: %s", name, describe(error))
        connection.close()
    finally:
        close_old_connections()


@cache
def _drainer() -> Drainer:
    """This process's."""
    return Drainer(is_stopping, _give_sign_of_life)


class _Life:
    """When this process last told that its worker is alive."""

    started_at = timezone.now()
    next_beat = 0.0


def _give_sign_of_life() -> None:
    if time.monotonic() >= _Life.next_beat:
        beat(_worker_name(os.getppid()), _Life.started_at, WorkerKind.CELERY)
        _Life.next_beat = time.monotonic() + BEAT_SECONDS


def _worker_name(process_id: int) -> str:
    """One for all processes of a worker, which are children of one."""
    return f"{socket.gethostname()[:40]}-{process_id}"
