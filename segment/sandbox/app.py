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
from segment.sandbox.request_log import RequestLog
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
    requests: RequestLog = field(default_factory=RequestLog)
    stopping: threading.Event = field(default_factory=threading.Event)

    def answer(self, head: Request, read_body: Callable[[], Request]) -> Reply:
        """Answer a request. `head` has no body yet; `read_body` reads it. May raise `Dropped`."""
        place = find_place(head)
        if place is None:
            return self._answer_page(read_body())
        entry = self.requests.begin(place.region, head.method, head.path, head.basic_user)
        reply = self._answer_place(place, head, read_body)
        self.requests.end(entry, reply.status)
        return reply

    def stop(self) -> None:
        """Wake every request that waits."""
        self.stopping.set()
        self.faults.lift()

    def _answer_place(self, place: Place, head: Request, read_body: Callable[[], Request]) -> Reply:
        deaf = self.faults.find_deaf(_target(head, place))
        if deaf is not None:
            deaf.lifted.wait()
            raise Dropped(is_reset=True)
        request = read_body()
        delays, fault = self.faults.strike(_target(request, place))
        for delay in delays:
            delay.lifted.wait(delay.rule.seconds)
        return self._answer_api(request, place) if fault is None else self._fail(fault, request, place)

    def _answer_page(self, request: Request) -> Reply:
        match request.segments:
            case ("faults", *rest):
                return answer_faults(request, tuple(rest), self.faults)
            case ("debugger", *rest):
                return answer_debugger(request, tuple(rest), self.state, self.store, self.requests)
            case rest:
                return answer_page(request, rest)

    def _answer_api(self, request: Request, place: Place) -> Reply:
        wait_seconds = self.limiter.take(self._find_payer(request, place))
        if wait_seconds:
            return _fail_with(429, "Too many requests.", wait_seconds, place.api)
        if place.api is Api.TRACKING:
            return answer_tracking(request, place.path, place.region, self.state, self.store)
        return answer_public(request, place.path, place.region, self.state, self.stopping.wait)

    def _find_payer(self, request: Request, place: Place) -> str:
        """Whose requests are counted together: the workspace, or whoever is unknown to us."""
        if place.api is Api.TRACKING:
            owner = self.state.owner_of(request.basic_user)
            return owner.workspace.id if owner else request.basic_user
        token = find_token(request, place.region)
        return token.workspace.id if token else ""

    def _fail(self, fault: ActiveRule, request: Request, place: Place) -> Reply:
        match fault.rule.kind:
            case Kind.HANG:
                fault.lifted.wait(fault.rule.seconds)
                raise Dropped(is_reset=False)
            case Kind.RESET_AFTER_ACCEPT:
                self._answer_api(request, place)
                raise Dropped(is_reset=True)
            case Kind.RESET:
                raise Dropped(is_reset=True)
        message = f"The sandbox was asked to fail here (fault {fault.id})."
        return _fail_with(fault.rule.status, message, fault.rule.retry_after, place.api)


def start(data_dir: Path | None, keep: int = DEFAULT_KEEP, rate: int | None = None) -> Sandbox:
    """A sandbox with what an earlier one left in `data_dir`."""
    if data_dir is not None:
        data_dir.mkdir(parents=True, exist_ok=True)
    return Sandbox(State(data_dir), EventStore(data_dir, keep), RateLimiter(rate))


def find_place(request: Request) -> Place | None:
    match request.segments:
        case ("us" | "eu" as region, "v1", *rest):
            return Place(Region(region), Api.TRACKING, tuple(rest))
        case ("us" | "eu" as region, *rest):
            return Place(Region(region), Api.PUBLIC, tuple(rest))
    return None


def _target(request: Request, place: Place) -> Target:
    def contains(text: str) -> bool:
        try:
            return text in encode_event(parse_body(request, _MAX_MATCH_BYTES)).decode()
        except Unreadable:
            return False

    return Target(place.region, place.api, request.basic_user, request.path, contains)


def _fail_with(status: int, message: str, retry_after: int | None, api: Api) -> Reply:
    """A failure in the envelope of the API it stands in for."""
    headers = rate_limit_headers(retry_after) if retry_after is not None else ()
    if 300 <= status < 400:
        headers = (*headers, ("Location", "/"))
    if api is Api.TRACKING:
        return refuse(status, "rate_limited" if status == 429 else "failed", message, headers)
    return error_reply(status, "rate-limited" if status == 429 else "failed", message, headers=headers)
