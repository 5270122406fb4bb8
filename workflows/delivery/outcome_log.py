"""One line in the log for each outcome, written several at a time: ids and numbers, never what was sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from workflows.log_lines import Lines

log = logging.getLogger(__name__)


class Recorded(NamedTuple):
    """What became of a delivery, in the order in which the log tells it.

    `status` is its new `DeliveryStatus`, `reason` a code or "". `attempts` are all there were so far; of the
    last one, `code` is the HTTP status (None: no answer came) and `ms` its time (None: it was not tried).
    """

    status: str
    submission_id: UUID
    delivery_id: UUID
    attempts: int
    code: int | None
    ms: int | None
    reason: str


# Lines in one write: together under the 4,096 bytes that a pipe keeps whole, beside other processes' lines.
_LINES = 12
_NAMES = ("outcome", "submission", "delivery", "attempts", "status", "ms", "reason")


def log_outcomes(outcomes: Iterable[Recorded]) -> None:
    """Write a line for each; for those given back untried there is nothing to tell."""
    if not log.isEnabledFor(logging.INFO):
        return
    told = [outcome for outcome in outcomes if outcome.ms is not None or outcome.reason]
    for start in range(0, len(told), _LINES):
        log.info(Lines(_NAMES, told[start : start + _LINES]))
