"""Whose data is meant: how a value, a submission's answers or an event's body is recognised as a person's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

EVENT_IDS = ("userId", "anonymousId")
_ESCAPED = frozenset('"\\/')  # what JSON may write in another way; of other letters, \u stands in the text


class Criterion(StrEnum):
    EMAIL = "email"
    USER_ID = "user_id"


@dataclass(frozen=True, slots=True)
class Person:
    """By e-mail address, whatever its case and the spaces around it, or by user id, exactly.

    Always as a whole value: "ada@example.com" is not found in a comment that quotes it.
    """

    criterion: Criterion
    value: str = field(repr=False)  # in lower case, if an address; never in a log or an exception

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self._normal(self.value))

    @property
    def digest(self) -> str:
        """SHA-256 in hex of the address in lower case, or of the user id."""
        return hashlib.sha256(self.value.encode(errors="replace")).hexdigest()

    def is_in_answers(self, text: str) -> bool:
        """Whether a value or a key anywhere in the JSON is the person's."""
        return self._is_in(text, whole_body=True)

    def is_in_body(self, text: str) -> bool:
        """The same of an event's JSON; a user id only as `userId` or `anonymousId`."""
        return self._is_in(text, whole_body=self.criterion is Criterion.EMAIL)

    def is_value(self, value: object) -> bool:
        if isinstance(value, str):
            return self._normal(value) == self.value
        # A whole number is an id in many systems; True is no number here.
        return type(value) is int and self.criterion is Criterion.USER_ID and str(value) == self.value

    def _is_in(self, text: str, whole_body: bool) -> bool:
        if not self._may_be_in(text):
            return False
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            # Not to be read as JSON, so not to be told apart: rather too much than too little.
            return self.value in self._normal(text)
        if whole_body:
            return any(map(self.is_value, _values(tree)))
        return isinstance(tree, dict) and any(self.is_value(tree.get(key)) for key in EVENT_IDS)

    def _may_be_in(self, text: str) -> bool:
        """False is certain, and quick: a text that JSON writes as it stands is not there."""
        if not self.value.isascii() or not self.value.isprintable() or not _ESCAPED.isdisjoint(self.value):
            return bool(text)
        return self.value in self._normal(text) or "\\u" in text

    def _normal(self, text: str) -> str:
        return text.strip().casefold() if self.criterion is Criterion.EMAIL else text


def _values(tree: object) -> Iterator[object]:
    """All texts, numbers and keys of a JSON tree, however deep."""
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            yield value
