"""Fields from a sample submission: what a pasted JSON object or form body would add to a survey."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from workflows.intake.decoders import decode
from workflows.intake.field_types import read_text
from workflows.intake.json_body import parse_object
from workflows.models import FieldType
from workflows.models.definition import FIELD_KEY

MOST_FIELDS = 300
_LONGEST_KEY = 100
_LONGEST_SAMPLE = 2_000
_URLENCODED = re.compile(r"[^\s={}\[\]\"]+=[^\s{}\"]*")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A field that the sample has and the survey lacks."""

    key: str
    label: str
    type: str
    sample: Any

    @property
    def sample_text(self) -> str:
        return print_sample(self.sample)

    @property
    def type_label(self) -> str:
        return str(FieldType(self.type).label)


@dataclass(frozen=True, slots=True)
class Proposal:
    """`known` are keys that the survey has already; `skipped` pairs what cannot be a key with the reason."""

    fields: tuple[ProposedField, ...]
    known: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


def propose_fields(text: str, existing: Collection[str]) -> Proposal:
    """What the sample in `text` would add; raises `intake.Refused` with line and column where unreadable."""
    answers, is_form = _read_sample(text)
    fields: list[ProposedField] = []
    known: list[str] = []
    skipped: list[tuple[str, str]] = []
    for key, value in answers.items():
        if key in existing:
            known.append(key)
        elif fault := _find_key_fault(key):
            skipped.append((key[:_LONGEST_KEY], fault))
        elif len(existing) + len(fields) >= MOST_FIELDS:
            skipped.append((key, _("A survey has at most %(limit)d fields.") % {"limit": MOST_FIELDS}))
        else:
            fields.append(_propose(key, value, is_form))
    return Proposal(tuple(fields), tuple(known), tuple(skipped))


def guess_type(value: object, is_form: bool = False) -> str:
    """The field type that suits `value`; a form's text counts as a number or boolean when it reads as one."""
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, int | float):
        return FieldType.NUMBER
    if isinstance(value, list | dict):
        return FieldType.JSON
    return _guess_text_type(value, is_form) if isinstance(value, str) else FieldType.TEXT


def print_sample(value: object) -> str:
    """A sample as a person types it: text as it stands, everything else as JSON, none as nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write_label(key: str) -> str:
    """A readable label for a key: `firstName` and `first_name` become "First name"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", key).split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return (text[:1].upper() + text[1:])[:200] or key


def _read_sample(text: str) -> tuple[dict[str, Any], bool]:
    text = text.strip().removeprefix("\ufeff")
    if _URLENCODED.match(text) and "\n" not in text:
        decoded = decode("application/x-www-form-urlencoded", {}, text.encode(errors="replace"))
        return decoded.answers, True
    return parse_object(text), False


def _find_key_fault(key: str) -> str:
    if len(key) > _LONGEST_KEY:
        return _("A key has at most %(limit)d characters.") % {"limit": _LONGEST_KEY}
    try:
        FIELD_KEY(key)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def _propose(key: str, value: object, is_form: bool) -> ProposedField:
    field_type = guess_type(value, is_form)
    sample = read_text(value, field_type) if is_form and isinstance(value, str) else value
    if len(print_sample(sample)) > _LONGEST_SAMPLE:
        sample = sample[:_LONGEST_SAMPLE] if isinstance(sample, str) else None
    return ProposedField(key, write_label(key), field_type, sample)


def _guess_text_type(text: str, is_form: bool) -> str:
    if is_form and _PLAIN_NUMBER.fullmatch(text):
        return FieldType.NUMBER
    if is_form and text in {"true", "false"}:
        return FieldType.BOOLEAN
    if _is_email(text):
        return FieldType.EMAIL
    if _URL.fullmatch(text):
        return FieldType.URL
    if _is_date(text):
        return FieldType.DATE
    return FieldType.LONG_TEXT if len(text) > 80 or "\n" in text else FieldType.TEXT


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
