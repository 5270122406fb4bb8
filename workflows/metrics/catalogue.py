"""Every metric at /metrics: its name, kind, meaning and label. `docs/operate.md` says how to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "tributary_"


@dataclass(frozen=True, slots=True)
class Metric:
    """`values` are label values that are shown as 0 before the first of them is counted.

    A counter's or gauge's label takes few values, all of them ours: never a name, an address or an answer.
    `bounds` are a histogram's upper bounds, ascending, without the last, which is infinite.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    label: str = ""
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


SUBMISSIONS = Metric(
    "submissions_total",
    "counter",
    "Submissions answered with 202.",
    label="outcome",
    values=("taken", "duplicate"),
)
REFUSALS = Metric(
    "refusals_total", "counter", "Requests to the submit endpoint that were refused, by code.", label="code"
)
DELIVERIES = Metric(
    "deliveries_total",
    "counter",
    "Deliveries finished, by outcome; one that is sent again counts again.",
    label="outcome",
    values=("accepted", "rejected", "failed", "skipped"),
)
RETRIES = Metric(
    "retries_total",
    "counter",
    "Deliveries put back to be tried again, by reason.",
    label="reason",
    values=("rate_limited", "segment_error", "segment_unreachable", "secret_unreadable"),
)
REQUESTS = Metric(
    "segment_requests_total",
    "counter",
    "Requests to Segment's Tracking API, by outcome.",
    label="outcome",
    values=("accepted", "refused", "rate_limited", "error", "no_answer"),
)
LEASES_EXPIRED = Metric(
    "leases_expired_total", "counter", "Deliveries taken back from a worker that died or hung."
)
REQUEST_SECONDS = Metric(
    "segment_request_seconds",
    "histogram",
    "Time of a request to Segment.",
    bounds=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
BATCH_EVENTS = Metric(
    "batch_events",
    "histogram",
    "Events in a request to Segment.",
    bounds=(1, 5, 25, 100, 250, 500, 1_000, 2_500),
)
BATCH_BYTES = Metric(
    "batch_bytes",
    "histogram",
    "Bytes of JSON in a request to Segment, before gzip.",
    bounds=(1_000, 5_000, 25_000, 100_000, 250_000, 512_000),
)
ACCEPTED_SECONDS = Metric(
    "submit_to_accepted_seconds",
    "histogram",
    "Time from receiving a submission to recording that Segment accepted its event.",
    bounds=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400),
)

# Kept in the table, in the order in which they are shown.
COUNTED = (
    SUBMISSIONS,
    REFUSALS,
    DELIVERIES,
    RETRIES,
    LEASES_EXPIRED,
    REQUESTS,
    REQUEST_SECONDS,
    BATCH_EVENTS,
    BATCH_BYTES,
    ACCEPTED_SECONDS,
)

BREAKERS = Metric(
    "breakers",
    "gauge",
    "Sources that rest (open) or are tried again (half_open) after trouble.",
    label="state",
)
BREAKER_FAILURES = Metric(
    "breaker_failures",
    "gauge",
    "Requests in a row that ended in trouble: of the sources with most, by id, of the others together.",
    label="source",
)
BUILD_INFO = Metric("build_info", "gauge", "The version that runs.", label="version")
BACKLOG_PENDING = Metric(
    "backlog_pending", "gauge", "Submissions and deliveries not finished; counted up to a bound."
)
BACKLOG_OLDEST_SECONDS = Metric("backlog_oldest_seconds", "gauge", "Age of the oldest of them.")
WORKER_ALIVE = Metric("worker_alive", "gauge", "1 while a worker gives signs of life.")
WORKERS = Metric("workers", "gauge", "Workers that give signs of life, by kind.", label="kind")
