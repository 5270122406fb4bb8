"""One row for one submission, however often it is sent: idempotency keys and the constraint that decides.

Two requests are the same when their keys and their answers are. Answers are compared as they were sent,
before types apply, and without regard to spaces, the order of keys or a multipart boundary: what a sender's
own retry may change.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused, refuse_unknown_survey
from workflows.intake.targets import Target
from workflows.models import Submission

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is stored: `submission_id`, and whether it had been there before this request."""

    submission_id: uuid.UUID
    is_duplicate: bool


def digest_answers(answers: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the answers as canonical JSON."""
    canonical = json.dumps(answers, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


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


def record(target: Target, answers: dict[str, Any], digest: str, key: str | None) -> Receipt:
    """Store the submission, or find the one that was stored under `key`. Committed when this returns.

    Refused: the key was used with other answers; the survey was deleted meanwhile.
    """
    submission = Submission(
        brand_id=target.brand_id,
        survey_id=target.survey_id,
        received_at=timezone.now(),
        answers=answers,
        idempotency_key=key,
        body_digest=digest,
    )
    try:
        # Only a keyed insert can lose against another, and only a lost one needs to be undone.
        with transaction.atomic() if key else nullcontext():
            submission.save(force_insert=True)
    except IntegrityError:
        return _find_first(target, digest, key)
    return Receipt(submission.id, is_duplicate=False)


def _find_first(target: Target, digest: str, key: str | None) -> Receipt:
    first = None
    if key:
        found = Submission.objects.filter(survey=target.survey_id, idempotency_key=key)
        first = found.values_list("id", "body_digest").first()
    if first is None:
        raise refuse_unknown_survey()
    if first[1] != digest:
        message = _("This Idempotency-Key was used with other answers. Use a new key for a new submission.")
        raise Refused("idempotency_key_reused", message)
    return Receipt(first[0], is_duplicate=True)
