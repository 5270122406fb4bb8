"""Threads that send, so that a slow source does not hold up the others. They never touch the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue

from segment.regions import Endpoints, RegionKey
from segment.tracking import Answer, Outcome, TrackingApi
from segment.transport import Timeouts
from workflows.delivery.batches import Batch, Report, Try
from workflows.delivery.build import describe
from workflows.delivery.jobs import Job
from workflows.delivery.outbox import send

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one batch of a job. `is_last`: the source is free again."""

    source_id: int
    report: Report
    is_last: bool


class Senders:
    """`count` daemon threads: one that hangs in a request does not keep the process from ending.

    Each has its own connection per region. After trouble, the rest of a job is reported as untried.
    What became of a batch is put into `done`, which its reader may share with others.
    """

    def __init__(
        self,
        count: int,
        endpoints: Mapping[RegionKey, Endpoints],
        timeouts: Timeouts,
        done: SimpleQueue[Done | None],
    ) -> None:
        self._endpoints = endpoints
        self._timeouts = timeouts
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._done = done
        self._threads = [
            threading.Thread(target=self._run, name=f"sender-{number}", daemon=True)
            for number in range(1, count + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        """Start no further request; what was not tried is reported as such."""
        self._stopping.set()
        for _ in self._threads:
            self._jobs.put(None)

    def _run(self) -> None:
        apis: dict[str, TrackingApi] = {}
        while (job := self._jobs.get()) is not None:
            self._send_all(job, apis)
        for api in apis.values():
            api.close()

    def _send_all(self, job: Job, apis: dict[str, TrackingApi]) -> None:
        is_in_trouble = False
        for number, batch in enumerate(job.batches, start=1):
            report = Report(batch, (), batch.items) if is_in_trouble else self._send(job, batch, apis)
            is_in_trouble = is_in_trouble or report.trouble is not None
            self._done.put(Done(job.source_id, report, number == len(job.batches)))

    def _send(self, job: Job, batch: Batch, apis: dict[str, TrackingApi]) -> Report:
        try:
            if batch.region not in apis:
                url = self._endpoints[RegionKey(batch.region)].tracking_url
                apis[batch.region] = TrackingApi(url, timeouts=self._timeouts)
            return send(batch, job.write_key, apis[batch.region], self._stopping.is_set)
        except Exception as error:
            # A thread that ended here would keep its source busy for ever.
            log.error("not sent source=%d: %s", job.source_id, describe(error))
            return make_crash_report(batch, describe(error))


def make_crash_report(batch: Batch, text: str) -> Report:
    """A mistake of ours while sending: another try later, and `text` among the attempts."""
    answer = Answer(Outcome.RETRY, None, text, None, 0.0)
    return Report(batch, (Try(batch.items, answer, datetime.now(UTC), True),), ())
