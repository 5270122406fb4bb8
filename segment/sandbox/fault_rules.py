"""One fault rule, read from JSON. `segment.sandbox.faults` says what the fields mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from segment.sandbox.fixtures import Region


class Kind(StrEnum):
    DELAY = "delay"
    STATUS = "status"
    RESET = "reset"
    HANG = "hang"
    DEAF = "deaf"
    RESET_AFTER_ACCEPT = "reset_after_accept"
    REFUSE_EVENT = "refuse_event"


class Api(StrEnum):
    TRACKING = "tracking"
    PUBLIC = "public"


DEFAULT_DELAY_SECONDS = 1.0
DEFAULT_HANG_SECONDS = 30.0
MAX_SECONDS = 3600.0
MAX_RETRY_AFTER_SECONDS = 86_400

_Choice = TypeVar("_Choice", bound=StrEnum)


class BadRule(Exception):
    """`field` is the one that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Rule:
    kind: Kind
    region: Region | None
    api: Api | None
    write_key: str | None
    path: str
    match: str
    seconds: float
    status: int
    retry_after: int | None
    times: int | None
    probability: float

    def describe(self) -> dict[str, Any]:
        return asdict(self)


_FIELDS = tuple(field.name for field in fields(Rule))


def parse_rule(raw: object) -> Rule:
    """Read a rule, or raise `BadRule`."""
    if not isinstance(raw, dict):
        raise BadRule("", "A rule is a JSON object.")
    for name in raw:
        if name not in _FIELDS:
            raise BadRule(name, f"A rule has no such field; it has {', '.join(_FIELDS)}.")
    kind = _choice(raw, "kind", Kind)
    if kind is None:
        raise BadRule("kind", f"kind is required: one of {', '.join(Kind)}.")
    rule = Rule(
        kind=kind,
        region=_choice(raw, "region", Region),
        api=_choice(raw, "api", Api),
        write_key=_text(raw, "write_key"),
        path=_text(raw, "path") or "",
        match=_text(raw, "match") or "",
        seconds=_number(raw, "seconds", MAX_SECONDS, _default_seconds(kind)),
        status=_whole(raw, "status", 300, 599) or _default_status(kind),
        retry_after=_whole(raw, "retry_after", 0, MAX_RETRY_AFTER_SECONDS),
        times=_whole(raw, "times", 1, 1_000_000_000),
        probability=_number(raw, "probability", 1, 1.0),
    )
    _check_match(rule)
    return rule


def _check_match(rule: Rule) -> None:
    if rule.kind is Kind.REFUSE_EVENT and not rule.match:
        raise BadRule("match", "refuse_event needs the text to look for.")
    if rule.kind is Kind.DEAF and rule.match:
        raise BadRule("match", "A deaf server does not read the body.")


def _default_seconds(kind: Kind) -> float:
    return DEFAULT_DELAY_SECONDS if kind is Kind.DELAY else DEFAULT_HANG_SECONDS


def _default_status(kind: Kind) -> int:
    return 400 if kind is Kind.REFUSE_EVENT else 503


def _choice(raw: Mapping[str, Any], name: str, choices: type[_Choice]) -> _Choice | None:
    value = raw.get(name)
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError:
        raise BadRule(name, f"{name} is one of {', '.join(choices)}.") from None


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRule(name, f"{name} is a text.")
    return value


def _number(raw: Mapping[str, Any], name: str, most: float, default: float) -> float:
    value = raw.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRule(name, f"{name} is a number from 0 to {most:g}.")
    return float(value)


def _whole(raw: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRule(name, f"{name} is a whole number from {least} to {most}.")
    return value
