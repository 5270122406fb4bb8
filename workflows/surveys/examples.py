"""A request that a person can paste into a terminal to try a survey's submit address."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from workflows.models import Survey, SurveyField

_BY_TYPE: dict[str, Any] = {
    "email": "ada@example.com", "number": 9, "boolean": True, "date": "2025-01-31",
    "url": "https://example.com", "json": [],
}  # fmt: skip


def write_curl_example(survey: Survey, fields: Iterable[SurveyField]) -> str:
    """A curl command that submits the fields' samples; a field without one gets a value of its type."""
    answers = {field.key: _find_example(field) for field in fields}
    url = settings.PUBLIC_URL + reverse("submit", args=[survey.submit_key])
    body = json.dumps(answers or {"email": "ada@example.com"}, ensure_ascii=False)
    return f"curl {shlex.quote(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(body)}"


def _find_example(field: SurveyField) -> Any:
    return _BY_TYPE.get(field.type, "Text") if field.sample is None else field.sample
