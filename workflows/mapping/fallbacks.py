"""A row's *If empty or invalid* rule: what stands in for a value that is missing or does not convert.

| rule         | sends                                                       |
|--------------|-------------------------------------------------------------|
| leave_out    | no such key                                                 |
| null         | null                                                        |
| empty_string | an empty text                                               |
| default      | the row's default, as the row's type                        |
| stop         | nothing at all: the delivery is rejected with the reason    |
"""

from __future__ import annotations

from typing import NamedTuple

from workflows.mapping.casts import cast
from workflows.mapping.problems import Level, Problem, shorten
from workflows.mapping.values import Fault, is_empty, replace_surrogates_in_text

RULES = ("leave_out", "null", "empty_string", "default", "stop")


class Settled(NamedTuple):
    """What a row with a type or a rule came to: `value` is sent, an empty one too, when `is_sent`."""

    value: object
    is_sent: bool
    was_cast: bool
    is_fallback: bool = False


def settle(value: object, to: str, rule: str, default: object) -> tuple[Settled | Fault, Fault | None]:
    """What `value` comes to under the row's type and rule, and the fault that the rule made up for."""
    if to == "null":
        return Settled(None, True, value is not None), None
    converted = value if type(value) is Fault or is_empty(value) or to == "auto" else cast(value, to)
    fault = converted if isinstance(converted, Fault) else None
    if fault is None and not is_empty(converted):
        was_cast = converted is not value and (type(converted) is not type(value) or converted != value)
        return Settled(converted, True, was_cast), None
    if rule == "leave_out":
        return (fault, fault) if fault else (Settled(converted, False, False), None)
    if rule == "stop":
        return fault or Fault("stopped_empty", {}), fault
    fallback = {"null": None, "empty_string": "", "default": default}[rule]
    return Settled(fallback, True, False, True), fault


def make_problem(fault: Fault, level: Level, where: str, key: str) -> Problem:
    """The problem of `fault`, with what it quotes shortened."""
    quoted = {
        name: shorten(replace_surrogates_in_text(value)) if isinstance(value, str) else value
        for name, value in fault.params.items()
    }
    return Problem(fault.code, level, where, {"key": shorten(key), **quoted})
