"""One row for one submission, however often it is sent: idempotency keys and the constraint that decides.

Two requests are the same when their keys and their answers are. Answers are compared as they were sent,
before types apply, and without regard to spaces, the order of keys or a multipart boundary: what a sender's
own retry may change.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def digest_answers(answers: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the answers as canonical JSON."""
    return hashlib.sha256(_CANONICAL.encode(answers).encode()).hexdigest()


def read_idempotency_key(header: str | None) -> str | None:
    """The header's value, None without one; refused unless 1 to 255 printable ASCII characters."""
    if header is not None and not _PRINTABLE.fullmatch(header):
        message = _("Idempotency-Key must have 1 to 255 printable ASCII characters.")
        raise Refused("invalid_idempotency_key", message)
    return header


def derive_page_key(page_key: str, digest: str) -> str | None:
    """The key of a form from the hosted page: the same page with edited answers counts anew."""
    if not page_key:
        return None
    return "page " + hashlib.sha256(f"{page_key} {digest}".encode(errors="replace")).hexdigest()


def refuse_reused_key() -> Refused:
    message = _("This Idempotency-Key was used with other answers. Use a new key for a new submission.")
    return Refused("idempotency_key_reused", message)
