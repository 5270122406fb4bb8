"""Findings about a mapping: a code with parameters, and the sentence a person reads.

A code's sentence names the field, the value and the way out. Where a `suggestion` is not always found, the
sentence with it stands under "<code>:suggestion".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext_lazy as _

Level = Literal["error", "warning", "hint"]

_EXCERPT_CHARACTERS = 60

MESSAGES = {
    # The event as a whole
    "no_event_type": _("Choose what to send: identify or track."),
    "unknown_event_type": _("Choose what to send: identify or track. “%(value)s” is neither."),
    "no_event_name": _("A track event needs a name. Type one, such as “Survey Completed”."),
    "pipe_in_event_name": _(
        "The event name “%(value)s” contains piped text. Event names are the same for every submission: "
        "type a fixed name and send the answer as a field."
    ),
    "no_identity": _(
        "Both the user ID and the anonymous ID are empty, and Segment drops events without one. Fill in "
        "one of them, or switch on the random anonymous ID."
    ),
    "too_large": _(
        "The event has %(size)s bytes, and Segment takes at most %(limit)s (32 KB). Remove fields, or "
        "send shorter values."
    ),
    # Pipes
    "unterminated_pipe": _(
        "The pipe “%(text)s” at character %(position)s has no closing brace. Add } at its end."
    ),
    "empty_pipe": _(
        "The pipe “%(text)s” at character %(position)s is empty. Choose a field from the {a} menu."
    ),
    "nested_pipe": _(
        "The pipe “%(text)s” at character %(position)s starts inside another pipe. Close the first one "
        "with }."
    ),
    "unknown_family": _(
        "The pipe “%(text)s” at character %(position)s is of a kind that Tributary does not know "
        "(“%(family)s”). Choose a field from the {a} menu instead."
    ),
    "unknown_pipe": _(
        "Tributary cannot read the pipe “%(text)s” at character %(position)s. Choose a field from the {a}"
        " menu instead."
    ),
    "task_output_pipe": _(
        "“%(text)s” at character %(position)s takes the output of another Qualtrics task, which Tributary"
        " does not have. Remove it, or choose a field from the {a} menu instead."
    ),
    "unknown_field": _(
        "The survey has no field “%(key)s” for the pipe “%(text)s” at character %(position)s. Choose a "
        "field from the {a} menu, or add it to the survey."
    ),
    "unknown_field:suggestion": _(
        "The survey has no field “%(key)s” for the pipe “%(text)s” at character %(position)s. Did you "
        "mean “%(suggestion)s”?"
    ),
    "wrong_family": _(
        "The pipe “%(text)s” at character %(position)s looks for “%(key)s” among the wrong kind of "
        "fields. Write %(suggestion)s instead."
    ),
    # Keys
    "key_empty": _("This row has a value, “%(value)s”, but no key. Type a key, or remove the row."),
    "key_empty_segment": _(
        "The key “%(key)s” has nothing before, between or after a period. Remove that period, or write "
        "\\. for a period that belongs to the name."
    ),
    "key_bad_escape": _(
        "The key “%(key)s” has a backslash at character %(position)s that stands for nothing. Write \\. "
        "for a period, \\\\ for a backslash."
    ),
    "key_too_deep": _(
        "The key “%(key)s” is %(levels)s levels deep, and at most %(limit)s are possible. Use fewer periods."
    ),
    "key_too_long": _(
        "The key “%(key)s” has %(length)s characters, and at most %(limit)s are possible. Shorten it."
    ),
    "key_has_pipe": _(
        "The key “%(key)s” contains piped text. Keys are the same for every submission: type a fixed key "
        "and put the pipe into the value."
    ),
    "key_repeated": _("The key “%(key)s” is already used in row %(row)s. Rename or remove one of them."),
    "key_collision": _(
        "The key “%(key)s” clashes with “%(other)s” in row %(row)s: the same key would be a plain value "
        "and an object. Rename one of them."
    ),
    # Values
    "bad_id": _(
        "“%(key)s” would be %(value)s, which is not text or a number (%(type)s). Choose a field with a text "
        "or a number."
    ),
    "not_finite": _(
        "The value of “%(key)s” is %(value)s, a number that JSON cannot express. Correct it where the "
        "answer is made; until then it is not sent."
    ),
    "number_too_long": _(
        "The value of “%(key)s” is a number of more than %(limit)s digits. Send it as text, or choose "
        "another field; until then it is not sent."
    ),
    "too_deep": _(
        "The value of “%(key)s” is nested more than %(limit)s levels deep. Choose a simpler field; until "
        "then it is not sent."
    ),
    "not_json": _(
        "The value of “%(key)s” is not JSON (%(type)s). Choose another field; until then it is not sent."
    ),
    "value_too_large": _(
        "The value of “%(key)s” alone has at least %(size)s bytes, and Segment takes at most %(limit)s "
        "(32 KB) for a whole event. Choose a shorter field, or remove the row."
    ),
    # Advice (lint.py)
    "email_user_id": _(
        "The user ID “%(value)s” is an e-mail address. Segment advises an ID that never changes, such as "
        "a customer number; send the address as the field “email”."
    ),
    "constant_id": _(
        "The ID is always “%(value)s”, so every submission counts as the same person. Choose a field from"
        " the {a} menu."
    ),
    "reserved_type": _(
        "Segment expects “%(key)s” to be of type %(expected)s, and here it is of type %(type)s "
        "(%(value)s). Choose another field, or rename the key."
    ),
    "bad_currency": _(
        "The currency “%(value)s” is not a three-letter ISO 4217 code. Send a code such as EUR or USD."
    ),
    "event_name_style": _(
        "Segment advises event names of an object and a past action in title case. Instead of "
        "“%(value)s”, write something like “Survey Completed”."
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    `level` "error" stops the event (and the saving of a task, where it is known without a submission).
    `where` is "user_id", "anonymous_id", "event_name", "event", or "row-N" with N counted from 1.
    """

    code: str
    level: Level
    where: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence for a person, in the language that is active now."""
        variant = f"{self.code}:suggestion"
        code = variant if "suggestion" in self.params and variant in MESSAGES else self.code
        return str(MESSAGES[code]) % self.params

    @property
    def row_index(self) -> int | None:
        """The row's place in `Definition.rows`, counted from 0; None when the finding is not about a row."""
        return int(self.where[4:]) - 1 if self.where.startswith("row-") else None


def row_where(index: int) -> str:
    """The `where` of the row at `index` (counted from 0) of `Definition.rows`."""
    return f"row-{index + 1}"


def shorten(text: str) -> str:
    """`text` as a sentence can quote it: at most 60 characters."""
    return text if len(text) <= _EXCERPT_CHARACTERS else text[: _EXCERPT_CHARACTERS - 1] + "…"
