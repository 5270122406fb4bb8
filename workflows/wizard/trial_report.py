"""What became of a test event, in words: one kind of answer, one sentence, one way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.delivery.trial import Trial, TrialOutcome

MAX_ERRORS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Report:
    """The result as the page shows it. `state` is "good", "warning" or "bad"; without `trial` nothing was
    sent."""

    state: str
    title: str
    text: str
    errors: tuple[str, ...] = ()
    trial: Trial | None = None
    fix_url: str = ""
    fix_step: str = ""
    remaining_text: str = ""
    made_from: str = ""

    @property
    def errors_shown(self) -> tuple[str, ...]:
        return self.errors[:MAX_ERRORS_SHOWN]

    @property
    def hidden_count(self) -> int:
        return len(self.errors) - len(self.errors_shown)

    @property
    def body(self) -> Any:
        """The request's body, as JSON."""
        return json.loads(self.trial.request.body) if self.trial else None

    @property
    def duration_ms(self) -> int:
        return round(self.trial.answer.duration_seconds * 1000) if self.trial else 0

    def with_remaining(self, remaining: int, made_from: str) -> Report:
        """With what it was made from, and how many more tests there may be."""
        text = ngettext(
            "You can send %(count)s more within this minute.",
            "You can send %(count)s more within this minute.",
            remaining,
        )
        return replace(self, remaining_text=text % {"count": remaining}, made_from=made_from)


def report_answer(trial: Trial) -> Report:
    """The words for Segment's answer, or for its absence."""
    state, title, text = _WORDS[trial.outcome](trial)
    return Report(state, title, text, trial=trial)


_Words = tuple[str, str, str]


def _say_accepted(trial: Trial) -> _Words:
    text = _(
        "Segment has received it. It keeps its verdict to itself: look into the source’s debugger there."
    )
    return "good", _("Segment took the test event"), text


def _say_refused(trial: Trial) -> _Words:
    if trial.answer.status in (401, 403, 404):
        text = _("Segment does not take the write key of this source. Choose the source again in its step.")
    else:
        text = _("It would refuse the real event too. Its answer is below: mend the mapping, then try again.")
    return "bad", _("Segment refused the test event"), text


def _say_rate_limited(trial: Trial) -> _Words:
    title = _("Segment asks to wait")
    if trial.answer.retry_after_seconds is None:
        return "warning", title, _("Too many requests reach it at the moment. Try again in a minute.")
    seconds = max(1, ceil(trial.answer.retry_after_seconds))
    text = ngettext(
        "Too many requests reach it at the moment. Try again in %(seconds)s second.",
        "Too many requests reach it at the moment. Try again in %(seconds)s seconds.",
        seconds,
    )
    return "warning", title, text % {"seconds": seconds}


def _say_timed_out(trial: Trial) -> _Words:
    text = _("The event may or may not have arrived. Nothing is wrong with it: try again later.")
    return "warning", _("Segment did not answer in time"), text


def _say_unreachable(trial: Trial) -> _Words:
    text = _("The connection failed. Nothing is wrong with the event: try again, or ask an operator.")
    return "warning", _("Segment cannot be reached"), text


def _say_server_error(trial: Trial) -> _Words:
    text = _("Nothing is wrong with the event. Real events are tried again by themselves.")
    return "warning", _("Segment has trouble of its own"), text


def _say_foreign(trial: Trial) -> _Words:
    text = _("The answer is none of Segment’s. A proxy may be in between: ask an operator.")
    return "warning", _("Something else than Segment answered"), text


_WORDS: dict[TrialOutcome, Callable[[Trial], _Words]] = {
    TrialOutcome.ACCEPTED: _say_accepted,
    TrialOutcome.REFUSED: _say_refused,
    TrialOutcome.RATE_LIMITED: _say_rate_limited,
    TrialOutcome.TIMED_OUT: _say_timed_out,
    TrialOutcome.UNREACHABLE: _say_unreachable,
    TrialOutcome.SERVER_ERROR: _say_server_error,
    TrialOutcome.FOREIGN_ANSWER: _say_foreign,
}
