"""`/healthz` for load balancers and people, `/metrics` for Prometheus. Open to everyone: numbers only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workflows.delivery.backlog import Backlog, Workers, backlog, workers
from workflows.intake.pressure import Trouble, find_trouble
from workflows.metrics.exposition import CONTENT_TYPE
from workflows.metrics.page import write_page
from workflows.models import WorkerBeat

LOCK_MILLISECONDS = 2_000
_TROUBLES = {Trouble.DISK_FULL: "the disk is full", Trouble.BACKLOG_FULL: "the backlog is full"}


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when a submission can be taken, else 503. A dead worker is told, but is no reason to refuse one."""
    try:
        trouble = find_trouble()
        if trouble:
            return _answer_unavailable(_TROUBLES[trouble])
        _try_to_write()
        facts = _describe(workers(), backlog())
    except DatabaseError as error:
        # Not its text, which may name paths or hosts.
        return _answer_unavailable(f"not available ({type(error).__name__})")
    return JsonResponse({"status": "ok", "database": "ok", **facts})


def _answer_unavailable(trouble: str) -> HttpResponse:
    body = {"status": "unavailable", "database": trouble, "worker": {"alive": False}, "backlog": None}
    return JsonResponse(body, status=503)


def _try_to_write() -> None:
    """An update of no row: it writes nothing, and a locked, read-only or standby database refuses it."""
    with _waiting_for_lock(LOCK_MILLISECONDS):
        WorkerBeat.objects.filter(name="").update(name="")


@contextmanager
def _waiting_for_lock(milliseconds: int) -> Iterator[None]:
    """For how long the database waits for a lock: who asks after our health must hear in time."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {milliseconds}")
            yield
        return
    usual = settings.DATABASES["default"]["OPTIONS"]["timeout"] * 1_000
    _set_busy_timeout(milliseconds)
    try:
        yield
    finally:
        _set_busy_timeout(usual)


def _set_busy_timeout(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _describe(seen: Workers, owed: Backlog) -> dict[str, Any]:
    last_seen = seen.last_seen_seconds
    return {
        "worker": {
            "alive": seen.alive > 0,
            "count": seen.alive,
            "kinds": seen.kinds,
            "last_seen_seconds": None if last_seen is None else round(last_seen, 1),
        },
        "backlog": {"pending": owed.pending, "oldest_seconds": round(owed.oldest_seconds, 1)},
    }


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, 503 when the database does not answer."""
    try:
        text = write_page(settings.VERSION)
    except DatabaseError:
        return HttpResponse("# The database is not available.\n", content_type=CONTENT_TYPE, status=503)
    return HttpResponse(text, content_type=CONTENT_TYPE)
