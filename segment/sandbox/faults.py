"""Faults on demand: `POST /faults` with one rule as JSON; `GET /faults` lists them, `DELETE /faults` lifts
all.

A rule is `{"kind": …}` and, all optional, what it applies to and how:

    kind          delay               wait `seconds` (1), then go on as usual
                  status              answer `status` (503), with Retry-After where `retry_after` is given
                  reset               reset the connection before anything is taken in
                  hang                read the request, wait `seconds` (30), close without an answer
                  deaf                take the connection, read no body, never answer until the rule is lifted
                  reset_after_accept  take the events in, then reset the connection
                  refuse_event        answer 400 to a request with an event that has `match` in it
    region        "us", "eu" or null: both
    api           "tracking", "public" or null: both
    write_key     of the HTTP Basic user; null: all
    path          beginning of the path, such as "/us/v1/batch"
    match         text that the request's body must have in it (compact JSON, not escaped); not with deaf
    seconds       0 to 3600
    status        300 to 599
    retry_after   whole seconds, 0 to 86400
    times         how many requests it meets; null: all until it is lifted
    probability   0 to 1: how often it strikes a request that it applies to (1)

Rules are tried in the order they were made. Delays add up; the first rule of another kind that strikes ends
the request. `DELETE /faults/<id>` lifts one. Pages, debugger and `/faults` itself are never faulty.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from segment.sandbox.fault_rules import Api, BadRule, Kind, Rule, parse_rule
from segment.sandbox.fixtures import Region
from segment.sandbox.http import Reply, Request, json_reply


@dataclass(frozen=True)
class Target:
    """What a rule is compared with. `contains` says whether the body has a text in it."""

    region: Region
    api: Api
    write_key: str
    path: str
    contains: Callable[[str], bool]


class ActiveRule:
    """A rule in force. `lifted` wakes the requests it holds."""

    def __init__(self, rule_id: int, rule: Rule) -> None:
        self.id = rule_id
        self.rule = rule
        self.used = 0
        self.lifted = threading.Event()

    def describe(self) -> dict[str, Any]:
        return {"id": self.id, "used": self.used, **self.rule.describe()}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_id = 0
        self._active: list[ActiveRule] = []

    def add(self, rule: Rule) -> ActiveRule:
        with self._lock:
            self._last_id += 1
            active = ActiveRule(self._last_id, rule)
            self._active = [*self._active, active]
        return active

    def all(self) -> list[dict[str, Any]]:
        return [active.describe() for active in self._active]

    def lift(self, rule_id: int | None = None) -> int:
        """Lift one rule, or all of them; how many there were."""
        with self._lock:
            gone = [active for active in self._active if rule_id in (None, active.id)]
            self._active = [active for active in self._active if active not in gone]
        for active in gone:
            active.lifted.set()
        return len(gone)

    def find_deaf(self, target: Target) -> ActiveRule | None:
        """The first deaf rule that strikes; asked before the body is read."""
        return next(self._striking(target, lambda kind: kind is Kind.DEAF), None)

    def strike(self, target: Target) -> tuple[list[ActiveRule], ActiveRule | None]:
        """The delays, and the rule that ends the request, if any."""
        delays: list[ActiveRule] = []
        for active in self._striking(target, lambda kind: kind is not Kind.DEAF):
            if active.rule.kind is not Kind.DELAY:
                return delays, active
            delays.append(active)
        return delays, None

    def _striking(self, target: Target, wanted: Callable[[Kind], bool]) -> Iterator[ActiveRule]:
        for active in self._active:
            if wanted(active.rule.kind) and _applies(active.rule, target) and self._use(active):
                yield active

    def _use(self, active: ActiveRule) -> bool:
        rule = active.rule
        if rule.probability < 1 and random.random() >= rule.probability:  # noqa: S311 - no secret
            return False
        with self._lock:
            if rule.times is not None and active.used >= rule.times:
                return False
            active.used += 1
        return True


def _applies(rule: Rule, target: Target) -> bool:
    return (
        rule.region in (None, target.region)
        and rule.api in (None, target.api)
        and rule.write_key in (None, target.write_key)
        and target.path.startswith(rule.path)
        and (not rule.match or target.contains(rule.match))
    )


def answer_faults(request: Request, path: tuple[str, ...], faults: Faults) -> Reply:
    """Answer a request whose path under `/faults` is `path`."""
    match (request.method, *path):
        case ("GET",):
            return json_reply(200, {"faults": faults.all()})
        case ("POST",):
            return _add(request, faults)
        case ("DELETE",):
            return json_reply(200, {"lifted": faults.lift()})
        case ("DELETE", rule_id) if rule_id.isdecimal() and faults.lift(int(rule_id)):
            return json_reply(200, {"lifted": 1})
    return _error(404, "There is no such fault.")


def _add(request: Request, faults: Faults) -> Reply:
    try:
        rule = parse_rule(json.loads(request.body))
    except BadRule as error:
        return _error(422, str(error), error.field)
    except (ValueError, RecursionError):
        return _error(400, "The body is not valid JSON.")
    return json_reply(201, faults.add(rule).describe())


def _error(status: int, message: str, field: str = "") -> Reply:
    error = {"type": "invalid-fault", "message": message}
    return json_reply(status, {"errors": [{**error, "field": field} if field else error]})
