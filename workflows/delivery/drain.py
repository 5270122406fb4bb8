"""Draining a source: claim, send, record, until nothing is due. One process drains one source at a time.

Requests are made by a thread beside, so that leases are renewed during a long one, and a request that hangs
does not keep the process from stopping.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from segment.tracking import TRACKING_TIMEOUTS
from segment.transport import Timeouts
from workflows.delivery import outbox
from workflows.delivery.batches import Report
from workflows.delivery.jobs import Job, take_job
from workflows.delivery.owners import make_owner
from workflows.delivery.senders import Done, Senders

log = logging.getLogger(__name__)

BUDGET_SECONDS = 10.0  # then other sources have their turn
STOP_SECONDS = 6.0  # for what is under way when the process is to stop: of ten, Celery's own end needs some
LOOK_SECONDS = 0.2
# Pauses between tries to record what was sent, while the database restarts; after that leases run out.
RECORD_PAUSES = (0.5, 1.0, 2.0, 4.0)


class Drainer:
    """Keeps its sender, with a connection to each region, from one source to the next."""

    def __init__(
        self,
        is_stopping: Callable[[], bool] = lambda: False,
        on_turn: Callable[[], None] = lambda: None,
        timeouts: Timeouts = TRACKING_TIMEOUTS,
    ) -> None:
        self.owner = make_owner()
        self._is_stopping = is_stopping
        self._on_turn = on_turn  # called several times a second
        self._timeouts = timeouts
        self._heard: SimpleQueue[Done | None] = SimpleQueue()
        self._senders: Senders | None = None

    def drain(self, source_id: int) -> bool:
        """Send what the source is owed and due; whether there may be more, since the time is over.

        Nothing is sent while others drain it, as many as DELIVERY_SOURCE_CONCURRENCY, or while it rests.
        """
        end = time.monotonic() + BUDGET_SECONDS
        try:
            while not self._is_stopping() and self._send_some(source_id):
                if time.monotonic() > end:
                    return True
        except BaseException:
            # What is under way is heard of by nobody: its leases run out, and it is sent again.
            self._forget_senders()
            raise
        return False

    def _send_some(self, source_id: int) -> bool:
        """Claim once, send that and record it; whether to go on."""
        job, is_work = take_job(self.owner, source_id)
        return self._send(job) if job else is_work

    def _send(self, job: Job) -> bool:
        if self._senders is None:
            self._senders = Senders(1, settings.SEGMENT_ENDPOINTS, self._timeouts, self._heard)
        self._senders.submit(job)
        is_well = True
        renewed_at = time.monotonic()
        stop_at: float | None = None
        while True:
            done = self._hear()
            if done is not None:
                self._record(done.report)
                is_well = is_well and done.report.trouble is None
                if done.is_last:
                    return is_well
            now = time.monotonic()
            if now - renewed_at > settings.DELIVERY_LEASE_SECONDS / 4:
                outbox.renew(self.owner, [job.lease])
                renewed_at = now
            if stop_at is None and self._is_stopping():
                self._senders.stop()
                stop_at = now + STOP_SECONDS
            if stop_at is not None and now > stop_at:
                log.info("gave back deliveries=%d", outbox.release(self.owner))
                self._forget_senders()
                return False

    def _hear(self) -> Done | None:
        self._on_turn()
        try:
            return self._heard.get(timeout=LOOK_SECONDS)
        except Empty:
            return None

    def _record(self, report: Report) -> None:
        for pause in RECORD_PAUSES:
            try:
                outbox.record(self.owner, [report])
                return
            except (OperationalError, InterfaceError) as error:
                log.warning("not recorded yet: %s", type(error).__name__)
                connection.close()
                time.sleep(pause)
        outbox.record(self.owner, [report])

    def _forget_senders(self) -> None:
        if self._senders is not None:
            self._senders.stop()
        self._senders = None
        self._heard = SimpleQueue()
