"""From a request's submission to a committed one, or to the reason why there is none."""

from __future__ import annotations

from workflows.intake.dedupe import refuse_reused_key
from workflows.intake.group import NotWrittenError
from workflows.intake.incoming import Incoming
from workflows.intake.pressure import Trouble, gauge
from workflows.intake.refusals import (
    Refused,
    refuse_full_backlog,
    refuse_full_disk,
    refuse_unavailable,
    refuse_uncertain,
)
from workflows.intake.store import Changed, KeyReused, Receipt
from workflows.intake.targets import Target
from workflows.intake.writer import write

_REFUSALS = {Trouble.DISK_FULL: refuse_full_disk, Trouble.BACKLOG_FULL: refuse_full_backlog}


class TargetChanged(Exception):
    """The survey is another one now: `target`, or None when it was deleted. Nothing was stored."""

    def __init__(self, target: Target | None) -> None:
        super().__init__()
        self.target = target


def receive(incoming: Incoming, target: Target) -> Receipt:
    """Read and store a submission to `target`. Raises Refused and TargetChanged."""
    row = incoming.make_row(target)
    trouble = gauge.read()
    if trouble:
        raise _REFUSALS[trouble]()
    try:
        result = write(row)
    except NotWrittenError as error:
        raise _refuse_unwritten(error) from None
    if isinstance(result, Receipt):
        return result
    if isinstance(result, Changed):
        raise TargetChanged(result.target)
    if isinstance(result, KeyReused):
        raise refuse_reused_key()
    raise refuse_unavailable()


def _refuse_unwritten(error: NotWrittenError) -> Refused:
    gauge.forget()  # it may be the disk
    return refuse_uncertain() if error.is_uncertain else refuse_unavailable()
