"""Why a delivery is rejected, failed or skipped, or waits: from its code to a sentence for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.mapping.problems import MESSAGES, Problem

REASONS = {
    # Skipped: there was nothing to send
    "workflow_off": _(
        "The workflow was off when this submission came in. Switch it on to send the next ones."
    ),
    "task_off": _("The task was off when this submission came in. Switch it on to send the next ones."),
    "no_task": _(
        "No workflow of this survey has a saved Segment task. Add one, and the next submissions are sent."
    ),
    # Rejected: Segment refused it, or would drop it
    "segment_refused": _(
        "Segment refused the event (%(status)s): %(answer)s Correct the task or its source, then send it "
        "again."
    ),
    "source_gone": _(
        "The source of this event, or its write key, is no longer here. Choose a source in the task, save "
        "it, then send the event again."
    ),
    "not_built": _(
        "Tributary could not build the event from this submission. Look at what came in, correct the task, "
        "then send it again."
    ),
    "task_unsaved": _("The task has never been saved. Save it, then send the event again."),
    # Failed: given up
    "gave_up": _(
        "Segment did not take the event for %(hours)s hours (tries: %(attempts)s). Once it can be reached "
        "again, send the event again."
    ),
    # The secret cannot be read: waiting for it, and given up for it
    "secret_unreadable": _(
        "The write key of the source cannot be decrypted. An operator must put the FIELD_ENCRYPTION_KEY back "
        "with which it was stored. A waiting event is then sent by itself; send a failed one again."
    ),
    # Waiting
    "rate_limited": _("Segment takes no more events for the moment. It is sent again by itself."),
    "segment_unreachable": _("Segment did not answer. It is sent again by itself."),
    "segment_error": _("Segment answered with an error (%(status)s). It is sent again by itself."),
}
UNKNOWN = _("No reason is on record for this (%(code)s). Look at the attempts, then send it again.")

# Why nothing is sent to a source at present, by the same codes as what waits for it.
TROUBLES = {
    "rate_limited": _("Segment takes no more events of %(place)s for the moment."),
    "segment_unreachable": _("Segment does not answer when events of %(place)s are sent."),
    "segment_error": _("Segment answers events of %(place)s with an error (%(status)s)."),
}
UNKNOWN_TROUBLE = _("Segment takes no events of %(place)s just now.")


class _Params(dict[str, Any]):
    """Parameters for a sentence: an old row that lacks one must not break the page it is shown on."""

    def __missing__(self, name: str) -> str:
        return "…"


def reason_text(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence for `Delivery.reason` and `reason_params`, in the active language; "" for no code."""
    if not code:
        return ""
    known = _Params(params or {})
    if code in REASONS:
        return str(REASONS[code]) % known
    if code in MESSAGES:
        return Problem(code, "error", "event", known).message
    return str(UNKNOWN) % {"code": code}


def trouble_text(code: str, place: str, status: int | None) -> str:
    """The sentence for `SourceState.reason`, of a source that is called `place`."""
    return str(TROUBLES.get(code, UNKNOWN_TROUBLE)) % {"place": place, "status": status or "…"}
