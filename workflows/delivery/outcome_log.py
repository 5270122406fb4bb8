"""One line in the log for each outcome, written several at a time: ids and numbers, never what was sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

from workflows.log_lines import Lines, Row

log = logging.getLogger(__name__)


class Recorded(NamedTuple):
    """What became of a delivery, in the order in which the log tells it.

    Ids are 32 hex digits, which the log shows with dashes. `status` is the new `DeliveryStatus`, `reason` a
    code or "". `attempts` are all there were so far; of the last one, `code` is the HTTP status (None: no
    answer came) and `ms` its time (None: it was not tried).
    """

    status: str
    submission_id: str
    delivery_id: str
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
        log.info(Lines(_NAMES, [_dash(outcome) for outcome in told[start : start + _LINES]]))


def _dash(outcome: Recorded) -> Row:
    status, submission, delivery, *rest = outcome
    return status, _format(submission), _format(delivery), *rest


def _format(pk: str) -> str:
    """As `str(UUID(pk))`, in a third of its time."""
    return f"{pk[:8]}-{pk[8:12]}-{pk[12:16]}-{pk[16:20]}-{pk[20:]}"
