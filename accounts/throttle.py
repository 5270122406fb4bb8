"""A brake on guessing passwords: ten failures for one address from one place, then a pause.

The counts live in Django's cache, by default in the memory of each web process: with several processes a
guesser gets as many tries in each. A shared cache makes it one count.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

MAX_FAILURES = 10
PAUSE_SECONDS = 15 * 60


def client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind a trusted proxy, what the proxy says (the last hop it added)."""
    if settings.SECURE_PROXY_SSL_HEADER:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        return hops[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))
    return str(request.META.get("REMOTE_ADDR", ""))


def is_paused(request: HttpRequest, email: str) -> bool:
    return int(cache.get(_key(request, email), 0)) >= MAX_FAILURES


def count_failure(request: HttpRequest, email: str) -> None:
    """The pause ends `PAUSE_SECONDS` after the first failure counted."""
    key = _key(request, email)
    if cache.add(key, 1, PAUSE_SECONDS):
        return
    try:
        cache.incr(key)
    except ValueError:  # it ran out in between
        cache.add(key, 1, PAUSE_SECONDS)


def forget_failures(request: HttpRequest, email: str) -> None:
    cache.delete(_key(request, email))


def _key(request: HttpRequest, email: str) -> str:
    text = f"{email.strip().lower()} {client_address(request)}"
    return f"sign-in:{hashlib.sha256(text.encode()).hexdigest()}"
