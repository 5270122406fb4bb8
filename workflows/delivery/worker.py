"""The worker: plan, claim, send, record, until it is told to stop. One thread does all database work."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from segment.tracking import TRACKING_TIMEOUTS
from segment.transport import Timeouts
from workflows.delivery import outbox
from workflows.delivery.breaker import failing_sources
from workflows.delivery.build import describe
from workflows.delivery.clock import ClockWatch
from workflows.delivery.jobs import Job, take_job
from workflows.delivery.owners import make_owner
from workflows.delivery.plan import plan_submissions
from workflows.delivery.senders import Done, Senders
from workflows.delivery.wake import listen
from workflows.models import WorkerBeat, WorkerKind
from workflows.retention.prune import Pruner

log = logging.getLogger(__name__)

THREADS = 4
PLAN_LIMIT = 500  # submissions in one transaction
REST_SECONDS = 1.0  # a turn at least this often: retries and leases fall due without being announced
BEAT_SECONDS = 5.0
STALE_BEAT_SECONDS = 60.0
DRAIN_SECONDS = 7.0
TROUBLE_SECONDS = 1.0


class Worker:
    """One process's worker. `stop()` may be called from a signal handler or another thread."""

    def __init__(self, threads: int = THREADS, timeouts: Timeouts = TRACKING_TIMEOUTS) -> None:
        self.name = make_owner()
        self._threads = threads
        self._timeouts = timeouts
        self._is_stopping = False  # not an Event: setting one in a signal handler can deadlock
        self._jobs: dict[int, Job] = {}  # by source: at most one is under way
        self._unrecorded: list[Done] = []
        self._heard: SimpleQueue[Done | None] = SimpleQueue()  # None: something is due, or it is time to stop
        self._clock = ClockWatch()
        self._pruner = Pruner()
        self._started_at = timezone.now()
        self._next_beat = self._next_renewal = 0.0

    def stop(self) -> None:
        self._is_stopping = True
        self._heard.put(None)  # may be called in a signal handler, also while the same queue is read

    def run(self) -> None:
        """Work until `stop()`; then finish or give back what is under way, within ten seconds."""
        log.info("worker started name=%s threads=%d", self.name, self._threads)
        self._senders = Senders(self._threads, settings.SEGMENT_ENDPOINTS, self._timeouts, self._heard)
        listener = listen(self.name, lambda: self._heard.put(None))
        while not self._is_stopping:
            try:
                is_idle = not self._work()
                self._pruner.take_turn(is_idle)
                if is_idle and not self._is_stopping:
                    self._rest(REST_SECONDS)
            except Exception as error:
                # Database locked, restarted or full, or a mistake of ours: nothing claimed is lost.
                log.error("worker in trouble: %s", describe(error))
                connection.close()
                time.sleep(TROUBLE_SECONDS)
        listener.stop()
        self._wind_down()
        log.info("worker stopped name=%s", self.name)

    def _work(self) -> bool:
        """One turn; whether there was anything to do."""
        self._give_sign_of_life()
        recorded = self._record()
        planned = plan_submissions(PLAN_LIMIT)
        self._mind_the_clock()
        return self._dispatch() + recorded + planned > 0

    def _rest(self, seconds: float) -> None:
        """Until a sender reports, something due is announced, or `seconds` have passed."""
        try:
            self._note(self._heard.get(timeout=seconds))
        except Empty:
            return

    def _note(self, heard: Done | None) -> None:
        if heard:
            self._unrecorded.append(heard)

    def _record(self) -> int:
        while not self._heard.empty():
            self._note(self._heard.get())
        if not self._unrecorded:
            return 0
        try:
            outbox.record(self.name, [done.report for done in self._unrecorded])
        except (OperationalError, InterfaceError):
            raise  # recorded in a later turn
        except Exception as error:
            # Their leases run out, and they are sent again with the same message ids.
            log.error("not recorded: %s", describe(error))
        done, self._unrecorded = self._unrecorded, []
        for one in done:
            if one.is_last:
                self._jobs.pop(one.source_id, None)
        return len(done)

    def _dispatch(self) -> int:
        """Claim for the senders that are free, a source each; how many jobs that made."""
        if len(self._jobs) >= self._threads:
            return 0
        return sum(self._start_job(source_id) for source_id in self._choose_sources())

    def _choose_sources(self) -> list[int]:
        chosen: list[int] = []
        failing = failing_sources()
        probes = len(failing & self._jobs.keys())
        for source_id in outbox.due_sources():
            if source_id in self._jobs:
                continue
            if source_id in failing:
                # Sources that hang may hold half of the senders, never all.
                if probes >= max(1, self._threads // 2):
                    continue
                probes += 1
            chosen.append(source_id)
        return chosen[: self._threads - len(self._jobs)]

    def _start_job(self, source_id: int) -> bool:
        job, is_work = take_job(self.name, source_id)
        if job:
            self._jobs[source_id] = job
            self._senders.submit(job)
        return is_work

    def _give_sign_of_life(self) -> None:
        now = time.monotonic()
        if now >= self._next_beat:
            beat(self.name, self._started_at)
            self._next_beat = now + BEAT_SECONDS
        if now >= self._next_renewal:
            if self._jobs:
                outbox.renew(self.name, [job.lease for job in self._jobs.values()])
            self._next_renewal = now + settings.DELIVERY_LEASE_SECONDS / 4

    def _mind_the_clock(self) -> None:
        if self._clock.has_gone_back():
            outbox.make_waiting_due()
        outbox.give_back_expired()

    def _wind_down(self) -> None:
        self._senders.stop()
        end = time.monotonic() + DRAIN_SECONDS
        try:
            while self._jobs and time.monotonic() < end:
                self._rest(0.05)
                self._record()
            given_back = outbox.release(self.name)
            WorkerBeat.objects.filter(name=self.name).delete()
        except Exception as error:
            log.error("worker in trouble while stopping: %s", describe(error))  # the leases run out
        else:
            log.info("worker gave back deliveries=%d", given_back)


def beat(name: str, started_at: datetime, kind: WorkerKind = WorkerKind.PROCESS) -> None:
    """Write a worker's sign of life, and remove those of workers that died."""
    now = timezone.now()
    values = {"kind": kind, "started_at": started_at, "beat_at": now}
    WorkerBeat.objects.update_or_create(name=name, defaults=values)
    stale = WorkerBeat.objects.filter(beat_at__lt=now - timedelta(seconds=STALE_BEAT_SECONDS))
    if stale.exists():
        stale.delete()
