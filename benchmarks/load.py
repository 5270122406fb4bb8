"""`python -m benchmarks.load URL CONNECTIONS SECONDS`: as many submissions as the server takes, one process.

Each connection sends its next request when its last is answered. Prints one JSON object: answers a second and
milliseconds at the median and the 99th percentile. Anything but a 202 ends it: a rate of refusals is none.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import select
import sys
import time

from benchmarks.connection import Connection, make_request
from benchmarks.report import percentile

BODIES = 1_000
ACCEPTED = 202


def make_bodies(count: int, prefix: str) -> list[bytes]:
    """Submissions of the demo's four fields, each with its own e-mail address."""
    comment = "It took five minutes, and the preview showed what would be sent."
    return [
        json.dumps(
            {
                "email": f"{prefix}-{number}@example.com",
                "name": f"Person {number}",
                "score": number % 11,
                "comment": comment,
            }
        ).encode()
        for number in range(count)
    ]


def run(url: str, connections: int, seconds: float) -> dict[str, float]:
    bodies = make_bodies(BODIES, f"load{os.getpid()}")
    requests = itertools.cycle([make_request(url, body) for body in bodies])
    opened = {connection.fileno(): connection for connection in (Connection(url) for _ in range(connections))}
    poller = select.epoll()
    for number in opened:
        poller.register(number, select.EPOLLIN)
    begun = time.perf_counter()
    for connection in opened.values():
        connection.sent_at = time.perf_counter()
        connection.send(next(requests))
    spent: list[float] = []
    end = begun + seconds
    while time.perf_counter() < end:
        for number, _ in poller.poll(1.0):
            answer_one(opened[number], next(requests), spent)
    elapsed = time.perf_counter() - begun
    for connection in opened.values():
        connection.close()
    return summarise(spent, elapsed)


def answer_one(connection: Connection, request: bytes, spent: list[float]) -> None:
    status = connection.receive()
    if status is None:
        return
    now = time.perf_counter()
    spent.append(now - connection.sent_at)
    if status != ACCEPTED:
        raise SystemExit(f"the server answered {status}, not {ACCEPTED}")
    connection.sent_at = now
    connection.send(request)


def summarise(spent: list[float], elapsed: float) -> dict[str, float]:
    if not spent:
        raise SystemExit("the server answered nothing")
    return {
        "count": len(spent),
        "rate": len(spent) / elapsed,
        "p50_ms": percentile(spent, 0.5) * 1000,
        "p99_ms": percentile(spent, 0.99) * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    options = parser.parse_args()
    sys.stdout.write(json.dumps(run(options.url, options.connections, options.seconds)) + "\n")


if __name__ == "__main__":
    main()
