"""What a request brings, read once, whatever its survey turns out to be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from workflows.identifiers import new_time_ordered_id
from workflows.intake.body import drop_rest, read_body
from workflows.intake.decoders import Decoded, decode
from workflows.intake.dedupe import derive_page_key, digest_answers, read_idempotency_key
from workflows.intake.field_types import apply_types
from workflows.intake.refusals import Refused
from workflows.intake.store import Row
from workflows.intake.targets import Target


@dataclass(frozen=True, slots=True)
class _Content:
    decoded: Decoded
    digest: str
    key: str | None


class Incoming:
    """A request's submission. Its body is read when it is first asked for, and only once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._content: _Content | None = None
        self._refused: Refused | None = None

    def make_row(self, target: Target) -> Row:
        """The submission as `target` stores it. Refused: unreadable, each time anew."""
        content = self._read()
        decoded = content.decoded
        answers: dict[str, Any] = (
            apply_types(decoded.answers, target.types) if decoded.is_text else decoded.answers
        )
        return Row(
            target=target,
            submission_id=new_time_ordered_id(),
            received_at=datetime.now(UTC),
            answers=json.dumps(answers),
            key=content.key,
            digest=content.digest,
        )

    def drop(self) -> None:
        """Read a body that nobody asked for: a sender that still writes would never see the answer."""
        if self._content is None and self._refused is None:
            drop_rest(self._request.read)

    def _read(self) -> _Content:
        if self._refused is not None:
            raise self._refused
        if self._content is None:
            try:
                self._content = _read(self._request)
            except Refused as refused:
                self._refused = refused
                raise
        return self._content


def _read(request: HttpRequest) -> _Content:
    key = read_idempotency_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
    body = read_body(request)
    decoded = decode(request.content_type or "", request.content_params or {}, body)
    digest = digest_answers(decoded.answers)
    return _Content(decoded, digest, key or derive_page_key(decoded.page_key, digest))
