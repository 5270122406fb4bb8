"""From a request's body to answers: one decoder for each content type.

A vendor's webhook will be a further decoder here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from workflows.intake.form_body import decode_multipart, decode_urlencoded, group_pairs
from workflows.intake.json_body import decode_json
from workflows.intake.refusals import Refused
from workflows.intake.sound import require_sound

# The hosted page's own field: it tells a second click from a second answer, and is not an answer.
PAGE_KEY = "_submission_key"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a body says. `is_text`: a form's values, all text, which take on their fields' types later."""

    answers: dict[str, Any]
    is_text: bool = False
    page_key: str = ""


def _read_json(body: bytes, params: Mapping[str, str]) -> Decoded:
    return Decoded(decode_json(body))


def _read_urlencoded(body: bytes, params: Mapping[str, str]) -> Decoded:
    return _from_pairs(decode_urlencoded(body, params.get("charset", "")))


def _read_multipart(body: bytes, params: Mapping[str, str]) -> Decoded:
    return _from_pairs(decode_multipart(body, params.get("boundary", ""), params.get("charset", "")))


def _from_pairs(pairs: list[tuple[str, str]]) -> Decoded:
    page_key = "".join(value for name, value in pairs if name == PAGE_KEY)
    answers = group_pairs([pair for pair in pairs if pair[0] != PAGE_KEY])
    return Decoded(require_sound(answers), is_text=True, page_key=page_key)


DECODERS: dict[str, Callable[[bytes, Mapping[str, str]], Decoded]] = {
    "application/json": _read_json,
    "application/x-www-form-urlencoded": _read_urlencoded,
    "multipart/form-data": _read_multipart,
}


def decode(content_type: str, params: Mapping[str, str], body: bytes) -> Decoded:
    """The answers in `body`. Refused: another content type than the three, and whatever is not readable."""
    decoder = DECODERS.get(content_type.lower())
    if decoder is None:
        message = _("Send the answers with one of these content types: %(types)s.") % {
            "types": ", ".join(DECODERS)
        }
        raise Refused("unsupported_content_type", message, status=415)
    return decoder(body, params)
