"""The sandbox as a whole: which part answers which path, and the faults in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from segment.sandbox.debugger import answer_debugger
from segment.sandbox.events import DEFAULT_KEEP, EventStore
from segment.sandbox.fault_rules import Api, Kind
from segment.sandbox.faults import ActiveRule, Faults, Target, answer_faults
from segment.sandbox.fixtures import Region
from segment.sandbox.http import Reply, Request, rate_limit_headers
from segment.sandbox.pages import answer_page
from segment.sandbox.public import answer_public, error_reply, find_token
from segment.sandbox.rates import RateLimiter
from segment.sandbox.state import State
from segment.sandbox.tracking import Unreadable, answer_tracking, encode_event, parse_body, refuse

# Bytes that a body may unpack to for a fault's `match` to be looked for in it.
_MAX_MATCH_BYTES = 1024 * 1024


class Dropped(Exception):
    """The connection ends without an answer: `is_reset` by a TCP reset, else by a normal close."""

    def __init__(self, is_reset: bool) -> None:
        super().__init__()
        self.is_reset = is_reset


@dataclass(frozen=True)
class Place:
    """Where a path leads: one region's API, and the rest of the path under it."""

    region: Region
    api: Api
    path: tuple[str, ...]


@dataclass
class Sandbox:
    state: State
    store: EventStore
    limiter: RateLimiter
    faults: Faults = field(default_factory=Faults)
    stopping: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request, read_body: Callable[[], Request]) -> Reply:
        """Answer a request. `read_body` reads the rest of it; until then its body is empty. May raise `Dropped`."""
        place = find_place(request)
        if place is None:
            return self._answer_page(read_body())
        self._be_deaf(request, place)
        request = read_body()
        fault = self._be_faulty(request, place)
        reply = self._limit(request, place) or self._answer_api(request, place)
        if fault is not None:
            raise Dropped(is_reset=True)
        return reply

    def stop(self) -> None:
        self.stopping.set()
        self.faults.lift()

    def _answer_api(self, request: Request, place: Place) -> Reply:
        if place.api is Api.TRACKING:
            return answer_tracking(request, place.path, place.region, self.state, self.store)
        return answer_public(request, place.path, place.region, self.state, self.stopping.wait)

    def _answer_page(self, request: Request) -> Reply:
        match request.segments:
            case ("faults", *rest):
                return answer_faults(request, tuple(rest), self.faults)
            case ("debugger", *rest):
                return answer_debugger(request, tuple(rest), self.state, self.store)
            case path:
                return answer_page(request, path)

    def _be_deaf(self, request: Request, place: Place) -> None:
        active = self.faults.find_deaf(_target(request, place))
        if active is not None:
            active.lifted.wait()
            raise Dropped(is_reset=True)

    def _be_faulty(self, request: Request, place: Place) -> ActiveRule | Reply | None:
        raise NotImplementedError
