"""`python -m benchmarks.paced URL KIND RATE SECONDS FIRST`: requests on a schedule, answered or not.

KIND `submit` posts submissions, `bare` posts one event each straight to the Tracking API of a sandbox. Prints
the moment at which each request was due, in seconds since the epoch: whoever waits for one that is late
counts from when it should have left ("coordinated omission").
"""

from __future__ import annotations

import argparse
import base64
import json
import select
import sys
import time
from dataclasses import dataclass, field

from benchmarks.connection import BadAnswer, Connection, make_request
from benchmarks.load import make_bodies

STATUS = {"submit": 202, "bare": 200}
LAST_ANSWER_SECONDS = 30.0


@dataclass
class Pool:
    """Connections to one address: an idle one is used again, and a new one is made when there is none."""

    url: str
    expected: int
    poller: select.epoll = field(default_factory=select.epoll)
    idle: list[Connection] = field(default_factory=list)
    busy: dict[int, Connection] = field(default_factory=dict)

    def send(self, request: bytes) -> None:
        connection = self.idle.pop() if self.idle else self._open()
        self.busy[connection.fileno()] = connection
        connection.send(request)

    def receive(self, seconds: float) -> None:
        """Take what is answered within that time."""
        for number, _ in self.poller.poll(max(0.0, seconds)):
            connection = self.busy.get(number)
            if connection is None:
                raise BadAnswer("the server closed an idle connection")
            status = connection.receive()
            if status is None:
                continue
            if status != self.expected:
                raise BadAnswer(f"the server answered {status}, not {self.expected}")
            self.idle.append(self.busy.pop(number))

    def _open(self) -> Connection:
        connection = Connection(self.url)
        self.poller.register(connection.fileno(), select.EPOLLIN)
        return connection


def run(pool: Pool, requests: list[bytes], rate: float) -> list[float]:
    """The moments at which the requests were due."""
    begun, epoch = time.perf_counter(), time.time()
    for number, request in enumerate(requests):
        due = begun + number / rate
        while (left := due - time.perf_counter()) > 0:
            pool.receive(left)
        pool.send(request)
    end = time.perf_counter() + LAST_ANSWER_SECONDS
    while pool.busy and time.perf_counter() < end:
        pool.receive(0.1)
    if pool.busy:
        raise BadAnswer(f"{len(pool.busy)} requests were not answered")
    return [epoch + number / rate for number in range(len(requests))]


def make_requests(url: str, kind: str, numbers: range) -> list[bytes]:
    if kind == "submit":
        bodies = make_bodies(numbers.stop, "paced")[numbers.start :]
        return [make_request(url, body) for body in bodies]
    path, _, key = url.rpartition("#")
    basic = base64.b64encode(f"{key}:".encode()).decode()
    return [make_request(path, make_event(number), {"Authorization": f"Basic {basic}"}) for number in numbers]


def make_event(number: int) -> bytes:
    event = {"event": "Bare", "userId": f"bare-{number}", "messageId": f"bare-{number}", "properties": {}}
    return json.dumps(event).encode()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paced", description=__doc__)
    parser.add_argument("url", help="for `bare`, with the write key after a #")
    parser.add_argument("kind", choices=list(STATUS))
    parser.add_argument("rate", type=float)
    parser.add_argument("seconds", type=float)
    parser.add_argument("first", type=int)
    options = parser.parse_args()
    numbers = range(options.first, options.first + round(options.rate * options.seconds))
    requests = make_requests(options.url, options.kind, numbers)
    due = run(Pool(options.url, STATUS[options.kind]), requests, options.rate)
    sys.stdout.write(json.dumps(due) + "\n")


if __name__ == "__main__":
    main()
