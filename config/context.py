"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def tributary(request: HttpRequest) -> dict[str, object]:
    """Whether the sandbox stands in for Segment, and where its debugger is."""
    return {
        "is_sandbox": settings.IS_SANDBOX,
        "sandbox_url": settings.SANDBOX_URL,
        "version": settings.VERSION,
    }
