"""What the endpoint tells its operator of each answer: a count, and a line in the log for what it refused."""

from __future__ import annotations

import logging

from workflows.intake.refusals import Refused
from workflows.intake.store import Receipt
from workflows.intake.targets import Target
from workflows.log_lines import Lines
from workflows.metrics.catalogue import REFUSALS, SUBMISSIONS
from workflows.metrics.counts import TALLY

log = logging.getLogger(__name__)


def note_receipt(receipt: Receipt) -> None:
    TALLY.add(SUBMISSIONS, "duplicate" if receipt.is_duplicate else "taken")


def note_refusal(refused: Refused, target: Target | None) -> None:
    """Nothing of the request is told, its address neither: whoever has that can post."""
    TALLY.add(REFUSALS, refused.code)
    level = logging.WARNING if refused.status >= 500 else logging.INFO
    survey_id = target.survey_id if target else None
    log.log(
        level,
        Lines(
            ("outcome", "code", "status", "survey"), [("refused", refused.code, refused.status, survey_id)]
        ),
    )
